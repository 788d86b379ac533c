//! One file per subcommand.

pub(crate) mod adapter;
pub(crate) mod baseline;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod feed;
pub(crate) mod key;
pub(crate) mod manual;
pub(crate) mod normalize;
pub(crate) mod policy;
pub(crate) mod publish;
pub(crate) mod replay;
pub(crate) mod verify;
pub(crate) mod waiver;
