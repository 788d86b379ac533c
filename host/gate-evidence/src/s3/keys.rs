//! Who asks S3: credentials, from whoever has them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;

/// Credentials.
#[derive(Clone)]
pub struct Keys {
    /// Access key id.
    pub id: String,
    /// Secret access key.
    pub secret: String,
    /// Session token.
    pub token: Option<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NoKeys {
    /// Why not.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// Where credentials come from. It is asked before each request, from a thread that may wait, so that it has to keep what
/// is still good.
pub trait KeySource: fmt::Debug + Send + Sync {
    /// The credentials of now.
    ///
    /// # Errors
    /// When there are none.
    fn keys(&self) -> Result<Keys, NoKeys>;
}

/// A source, as the client of S3 asks it.
#[derive(Debug)]
pub(super) struct Provider(pub(super) Arc<dyn KeySource>);

#[async_trait]
impl CredentialProvider for Provider {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let source = Arc::clone(&self.0);
        let keys = tokio::task::spawn_blocking(move || source.keys()).await?;
        let keys = keys.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        Ok(Arc::new(AwsCredential {
            key_id: keys.id,
            secret_key: keys.secret,
            token: keys.token,
        }))
    }
}
