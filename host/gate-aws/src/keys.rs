//! Credentials, for a service that has a client of another make.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use tokio::runtime::Runtime;

use crate::error::AwsError;

/// Credentials are renewed so long before they end.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// Who gives only short ones is asked no oftener than this.
const PAUSE: Duration = Duration::from_secs(20);

/// Credentials.
#[derive(Clone)]
pub struct Keys {
    /// Access key id.
    pub id: String,
    /// Secret access key.
    pub secret: String,
    /// Session token.
    pub token: Option<String>,
    /// When they end.
    pub expires: Option<SystemTime>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Where credentials come from. It keeps them until shortly before they end.
#[derive(Debug)]
pub struct KeySource {
    /// What the chain asks over HTTP is asked on the connection's own runtime, which has its open connections.
    runtime: Arc<Runtime>,
    chain: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
    /// Why there were none, the first time that they were asked for. A chain says it once: asked again it says that it did.
    none: OnceLock<AwsError>,
}

#[derive(Debug)]
struct Kept {
    keys: Keys,
    since: SystemTime,
}

impl Kept {
    fn is_good(&self, now: SystemTime) -> bool {
        let recent = now.duration_since(self.since).is_ok_and(|age| age < PAUSE);
        let left = if recent { Duration::ZERO } else { EARLY };
        self.keys.expires.is_none_or(|end| end > now + left)
    }

    fn has_ended(&self, now: SystemTime) -> bool {
        self.keys.expires.is_some_and(|end| end <= now)
    }
}

impl KeySource {
    pub(crate) fn new(runtime: Arc<Runtime>, chain: SharedCredentialsProvider) -> Self {
        let kept = Mutex::default();
        Self {
            runtime,
            chain,
            kept,
            none: OnceLock::new(),
        }
    }

    /// The credentials of now. Waits for whoever gives them; not to be called where nobody may wait.
    ///
    /// # Errors
    /// When there are none.
    pub fn keys(&self) -> Result<Keys, AwsError> {
        self.keys_at(SystemTime::now())
    }

    fn keys_at(&self, now: SystemTime) -> Result<Keys, AwsError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_good(now)) {
            return Ok(kept.keys.clone());
        }
        if let Some(error) = self.none.get() {
            return Err(error.clone());
        }
        let found = self.runtime.block_on(self.chain.provide_credentials());
        let found = match (found, kept.as_ref()) {
            (Ok(found), _) => found,
            // They still hold for some minutes; what is asked of S3 then may have ended.
            (Err(_), Some(kept)) if !kept.has_ended(now) => return Ok(kept.keys.clone()),
            (Err(error), Some(_)) => return Err(AwsError::no_credentials(&error)),
            (Err(error), None) => {
                let error = AwsError::no_credentials(&error);
                return Err(self.none.get_or_init(|| error).clone());
            }
        };
        let keys = Keys {
            id: found.access_key_id().to_owned(),
            secret: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
            expires: found.expiry(),
        };
        *kept = Some(Kept {
            keys: keys.clone(),
            since: now,
        });
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::error::CredentialsError;
    use aws_credential_types::provider::{ProvideCredentials, future};

    use super::*;

    /// Gives credentials for so many seconds from the beginning, so often, then none.
    #[derive(Debug)]
    struct Chain {
        asked: Arc<AtomicU32>,
        seconds: u64,
        times: u32,
    }

    impl ProvideCredentials for Chain {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let times = self.asked.fetch_add(1, Ordering::Relaxed);
            future::ProvideCredentials::ready(if times < self.times {
                let end = SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds);
                Ok(Credentials::new("id", "secret", None, Some(end), "test"))
            } else {
                Err(CredentialsError::not_loaded_no_source())
            })
        }
    }

    #[test]
    fn they_are_kept_until_shortly_before_their_end() {
        // Seconds for which they are given, how often, when they are asked for, how often the chain is, and whether there
        // are any at last.
        for (seconds, times, moments, asked, any) in [
            (3600, 9, &[0, 10, 3000][..], 1, true),
            (3600, 9, &[0, 3400], 2, true),
            (120, 9, &[0, 10, 30], 2, true),
            (3600, 1, &[0, 3400], 2, true),
            (3600, 1, &[0, 3700], 2, false),
            (3600, 0, &[0], 1, false),
            (3600, 0, &[0, 1], 1, false),
        ] {
            let count = Arc::new(AtomicU32::new(0));
            let chain = Chain {
                asked: Arc::clone(&count),
                seconds,
                times,
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let chain = SharedCredentialsProvider::new(chain);
            let source = KeySource::new(Arc::new(runtime), chain);
            let mut last = false;
            for moment in moments {
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(*moment);
                last = source.keys_at(at).is_ok();
            }
            let seen = (count.load(Ordering::Relaxed), last);
            assert_eq!(seen, (asked, any), "{seconds} {times} {moments:?}");
        }
    }
}
