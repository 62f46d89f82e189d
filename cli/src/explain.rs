//! `bailiwick explain`: what is decided about one participant of one meeting, and why.

use std::io::Write;
use std::time::SystemTime;

use bailiwick::{Meeting, Policy, Quoted};

use crate::args::ExplainArgs;
use crate::failure::Failure;
use crate::{diagnostics, orders, output};

pub(crate) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    args.geo.check_stdin([args.orders.as_str()])?;
    let docket = orders::read_or_fail(&args.orders)?;
    let geo = args.geo.load_some()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    let policy = Policy::compile(&docket, &geo.atlas).map_err(|error| diagnostics::refuse(&error, &args.orders))?;
    let meeting = Meeting::new(&args.meeting);
    let meeting = args.account.as_deref().map_or(meeting, |account| meeting.hosted_by(account));
    // A second is as fine as orders are.
    let now = || SystemTime::from(jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).unwrap_or_default());
    let at = args.at.map_or_else(now, SystemTime::from);
    let explanation = policy.explain(meeting, args.address, args.host_region, at);
    for account in args.account.iter().flat_map(|account| policy.nearly_named_accounts(account)) {
        let note = format!("the account {} is named, and is another one: names are compared byte for byte", Quoted(account));
        output::note(&note);
    }
    if args.geo.json {
        return output::json(&explanation);
    }
    writeln!(output::stdout(), "{explanation}")?;
    Ok(())
}
