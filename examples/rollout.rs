//! An order arrives while a meeting is under way, and is withdrawn again: `cargo run --example rollout`

use std::{error::Error, net::IpAddr};

use bailiwick::{Atlas, Docket, Meeting, Order, Policy, Region, Requirements, Source};

/// The connections, each with the address that its signalling comes from.
const PRESENT: [(&str, &str); 4] =
    [("ada", "203.0.113.7"), ("ben", "198.51.100.7"), ("chen", "203.0.113.8"), ("dora", "192.0.2.7")];

fn present() -> Result<Vec<(&'static str, IpAddr)>, Box<dyn Error>> {
    PRESENT.into_iter().map(|(name, address)| Ok((name, address.parse()?))).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut source = Source::new("provider");
    for (network, code) in [("203.0.113.0/24", "CN"), ("198.51.100.0/24", "US"), ("192.0.2.0/24", "HK")] {
        source.insert(network.parse()?, code.parse()?);
    }
    let atlas = Atlas::builder().source(source).build()?;
    let home: Region = "US".parse()?;
    let vigil = Meeting::new("june-4-vigil").hosted_by("account-17");
    let in_force = Policy::compile(&Docket::default(), &atlas)?;

    println!("An order arrives. The legal team has requirements, which it does not meet:");
    let requirements = Requirements::new().approvals(2).evidence_digest();
    let mut docket = Docket::default();
    docket.orders.push(Order::new("cn-1", "CN"));
    docket.orders[0].meetings.push("june-4-vigil".to_owned());
    let error = Policy::compile_with(&docket, &atlas, &requirements).expect_err("nobody approved it");
    println!("{error}\n");

    println!("When it does, what it would change is looked at:");
    docket.orders[0].approved_by = vec!["counsel-a".to_owned(), "counsel-b".to_owned()];
    docket.orders[0].evidence = vec![format!("sha256:{}", "0f".repeat(32))];
    let proposed = Policy::compile_with(&docket, &atlas, &requirements)?;
    let change = in_force.change_to(&proposed);
    println!("{change}\n");
    assert!(change.widens());

    println!("It is put in force, and the meeting is swept:");
    let in_force = proposed;
    let sweep = in_force.sweep(vigil, home, present()?);
    println!("{sweep}");
    for (name, block) in sweep.to_remove() {
        let orders: Vec<&str> = block.orders().map(|order| order.id.as_str()).collect();
        println!("  remove {name}, under {}", orders.join(", "));
    }
    assert_eq!(sweep.staying(), ["ben", "dora"]);

    println!("\nThe order is withdrawn. Nothing is left of it:");
    docket.orders[0].status = bailiwick::Status::Withdrawn;
    let change = in_force.change_to(&Policy::compile_with(&docket, &atlas, &requirements)?);
    let roster = change.roster(vigil, home, present()?);
    for (name, _) in roster.reinstated() {
        println!("  {name} may come back");
    }
    assert!(!change.widens() && roster.still_blocked().is_empty() && roster.to_remove().is_empty());
    Ok(())
}
