//! AWS for tests: one address on this machine for all services. `aws/README.md` says what is behind it and which rules it
//! enforces. No test of this project reaches AWS itself.

mod fault;
mod front;
mod http;
mod hub;
mod moto;
mod tests;

use std::ops::RangeInclusive;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) use fault::{ALWAYS, Give};
pub(crate) use front::{Call, meanwhile};
pub(crate) use http::{Answer, Request, ask};
pub(crate) use hub::{Hub, Pace};
pub(crate) use moto::{Client, skipped, tool};

use crate::gate::{Folder, Ran};
use fault::Fault;
use front::Front;
use http::Server;

/// The region of the tests.
pub(crate) const REGION: &str = "eu-central-1";

/// The secret key of the tests: a canary that has to show nowhere.
pub(crate) const SECRET: &str = "canary/secret/access/key/that/is/none/00";

/// An account of its own in an emulated AWS of its own: nothing is shared with other tests but the names of S3 buckets.
pub(crate) struct Aws {
    server: Server,
    front: Arc<Front>,
    account: String,
}

/// Where a program is killed, seen from the call at which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The service never sees the call.
    Before,
    /// The service has done what it was asked; the program never sees the answer.
    After,
}

impl Aws {
    /// Security Hub and STS; needs nothing installed. All other services refuse.
    pub(crate) fn start() -> Self {
        Self::over(Front::default())
    }

    /// Every service, by moto where the stub is none. `None`, said on stderr, when moto is not installed.
    pub(crate) fn with_moto() -> Option<Self> {
        let moto = Some(moto::server()?);
        Some(Self::over(Front {
            moto,
            ..Front::default()
        }))
    }

    fn over(front: Front) -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(111_122_220_000);
        let account = ACCOUNTS.fetch_add(1, Ordering::SeqCst).to_string();
        let front = Arc::new(front);
        let behind = front.clone();
        let server = Server::start(move |request| behind.handle(request));
        let aws = Self {
            server,
            front,
            account,
        };
        aws.key(&aws.access_key(), &aws.account);
        aws
    }

    /// Twelve digits.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Its access key id.
    pub(crate) fn access_key(&self) -> String {
        format!("AKIATEST{}", self.account)
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Another access key id, and the account that it belongs to.
    pub(crate) fn key(&self, id: &str, account: &str) {
        let mut accounts = self.front.accounts.lock().unwrap();
        accounts.insert(id.to_owned(), account.to_owned());
    }

    /// Gives a command the way here, and nothing else of AWS.
    pub(crate) fn reach<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_ACCESS_KEY_ID", self.access_key())
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Runs the program with the way here.
    pub(crate) fn gate(&self, folder: &Folder, arguments: &[&str]) -> Ran {
        Ran::of(self.reach(&mut folder.command(arguments)))
    }

    /// Security Hub.
    pub(crate) fn hub(&self) -> &Hub {
        &self.front.hub
    }

    /// The n-th to m-th call of an operation gets something else. `*` is every service; an operation that ends in `*` is
    /// every one that begins so. Where several faults fit, all that happens meanwhile happens, and the first answer counts.
    pub(crate) fn fault(
        &self,
        service: &str,
        operation: &str,
        calls: RangeInclusive<usize>,
        give: Give,
    ) {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        let fault = Fault {
            service,
            operation,
            calls,
            give,
            seen: 0,
        };
        self.front.faults.lock().unwrap().push(fault);
    }

    /// What can go wrong no longer does.
    pub(crate) fn heal(&self) {
        self.front.faults.lock().unwrap().clear();
    }

    /// Every call, in the order in which they were answered.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.front.calls.lock().unwrap().clone()
    }

    /// How often an operation was called.
    pub(crate) fn called(&self, service: &str, operation: &str) -> usize {
        let calls = self.front.calls.lock().unwrap();
        let of = |call: &&Call| call.service == service && call.operation == operation;
        calls.iter().filter(of).count()
    }

    /// Asks moto past all faults, as this account.
    ///
    /// # Panics
    /// Without [`Aws::with_moto`].
    pub(crate) fn client(&self) -> Client {
        Client {
            address: self.front.moto.unwrap(),
            account: self.account.clone(),
            region: REGION.to_owned(),
        }
    }

    /// Runs a command and kills it, as `kill -9` does, at the n-th call of an operation; gives whether it got there.
    pub(crate) fn killed_at(
        &self,
        (service, operation): (&str, &str),
        n: usize,
        moment: Moment,
        command: &mut Command,
    ) -> bool {
        let pid = Arc::new(Mutex::new(None));
        let of = pid.clone();
        let kill = move || {
            let pid: u32 = of.lock().unwrap().unwrap();
            let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(killed.unwrap().success());
        };
        let mut held = pid.lock().unwrap();
        let give = match moment {
            Moment::Before => Give::KillBefore(Arc::new(kill)),
            Moment::After => Give::KillAfter(Arc::new(kill)),
        };
        self.fault(service, operation, n..=n, give);
        self.reach(command)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        *held = Some(child.id());
        drop(held);
        child.wait().unwrap().code().is_none()
    }
}
