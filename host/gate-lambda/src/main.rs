//! The functions of AWS Lambda, shipped as `bootstrap` beside the program `gate`.
//!
//! ```text
//! event ─► what is asked ─► files and arguments ─► gate (child process) ─► exit code and JSON ─► answer
//! ```
//!
//! Nothing is judged here. An event becomes a report and a command line, the program that lies beside it decides, and what
//! it said becomes what the service that called wants to hear. Whatever goes wrong is an error of that event, which is
//! delivered again and ends in the dead-letter queue, or a refusal: never an answer as if all were well.

mod answer;
mod aws;
mod events;
mod failure;
mod log;
mod memory;
mod program;
mod settings;
mod verify;

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tokio::time::Instant;

use crate::aws::Aws;
use crate::failure::{Failure, Result};
use crate::memory::Memory;
use crate::program::Program;
use crate::settings::{Function, Settings};

/// What is left of the time of an invocation for its answer, whatever the program does.
const MARGIN: Duration = Duration::from_secs(3);

/// What an invocation works with.
struct Here {
    settings: Settings,
    program: Program,
    aws: Aws,
    memory: Memory,
}

impl Here {
    fn new() -> Result<Self> {
        let settings = Settings::read()?;
        Ok(Self {
            program: Program::beside(&settings)?,
            aws: Aws::new(&settings)?,
            memory: Memory::of(&settings),
            settings,
        })
    }
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(serve()),
        Err(error) => Err(Failure::new(format!("starting: {error}"))),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            log::error("the function can't work", &failure);
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<()> {
    let here = match Here::new() {
        Ok(here) => here,
        Err(failure) => {
            aws::init_error(&failure).await;
            return Err(failure);
        }
    };
    let here = &here;
    let served = lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let until = until(event.context.deadline());
        match here.settings.function {
            Function::Events => events::handle(here, event.payload, until).await,
            Function::Verify => verify::handle(here, &event.payload, until).await,
        }
        .inspect_err(|failure| log::error("the event failed", failure))
    }));
    served
        .await
        .map_err(|error| Failure::new(format!("talking to Lambda: {error}")))
}

/// Until when the program may work.
fn until(deadline: SystemTime) -> Instant {
    let left = deadline.duration_since(SystemTime::now());
    Instant::now() + left.unwrap_or_default().saturating_sub(MARGIN)
}
