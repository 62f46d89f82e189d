//! The program `bailiwickd`.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::unreachable,
    clippy::todo
)]

mod args;
mod signals;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use args::Args;
use bailiwickd::check;
use bailiwickd::config::Config;
use bailiwickd::daemon::Daemon;

fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)) {
        Ok(Args::Help) => print(args::HELP),
        Ok(Args::Version) => print(concat!("bailiwickd ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Args::Check(path)) => match check::check(&path) {
            Ok(said) => print(&said),
            Err(message) => fail(&message),
        },
        Ok(Args::Run(path)) => match check::read(&path) {
            Ok(config) => run(config),
            Err(message) => fail(&message),
        },
        Err(message) => {
            let _ = writeln!(io::stderr(), "error: {message}\n\n{}", args::USAGE);
            ExitCode::from(2)
        }
    }
}

fn print(text: &str) -> ExitCode {
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{}", message.trim_end());
    ExitCode::FAILURE
}

fn run(config: Config) -> ExitCode {
    let level = if config.debug { tracing::Level::DEBUG } else { tracing::Level::INFO };
    let colors = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_ansi(colors).with_target(false).init();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = runtime.and_then(|runtime| {
        runtime.block_on(async {
            // Caught before anything else begins: a SIGHUP that is not ends the process.
            let signals = signals::Process::new()?;
            let daemon = Daemon::start(config).await?;
            for (name, address) in daemon.addresses()? {
                tracing::info!("listener {name} is at {address}");
            }
            daemon.run(signals).await;
            Ok(())
        })
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("error: {error}")),
    }
}
