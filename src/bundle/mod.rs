//! Bundles: orders and geo data for a fleet, in one signed file that no server in between can change, and no node takes again once
//! it has a newer one.
//!
//! Somebody [makes](make()) a bundle from a docket, requirements and an atlas, and people [sign](sign()) it by role. Any web server or
//! bucket serves it. A node has a [`Trust`], which is configuration, and a [`Store`], which takes a bundle or refuses it with an
//! [`Error`]. `docs/bundles.md` has the format to the byte.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use bailiwick::bundle::{self, Release, Trust};
//! use bailiwick::note::SigningKey;
//! use bailiwick::{Atlas, Docket, Order, Requirements};
//!
//! let mut order = Order::new("cn-1", "CN");
//! order.meetings.push("june-4-vigil".to_owned());
//! let now = SystemTime::now();
//! order.expires = Some(now + Duration::from_secs(86_400));
//! let docket: Docket = [order].into_iter().collect();
//!
//! let release = Release::new("example.org/orders", 1, now, now + Duration::from_secs(3600))?;
//! let made = bundle::make(release, &docket, &Requirements::new(), &Atlas::builder().build()?)?;
//! let counsel = SigningKey::generate("example.org/counsel")?;
//! let signed = bundle::sign(&made, &counsel)?;
//!
//! let trust = Trust::builder("example.org/orders").key("legal", counsel.verifier()).build()?;
//! let checked = bundle::check(&signed, &trust, None, now)?;
//! assert_eq!(checked.policy.orders().count(), 1);
//! assert!(bundle::check(&made, &trust, None, now).is_err(), "nobody signed it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - `archive`: the ustar file, of one layout;
//! - `manifest`: the text that is signed;
//! - `trust`: whom a node believes;
//! - `error`: every refusal;
//! - `contents`: the members, and compiling them;
//! - `caution`: what is reported about a bundle that is taken;
//! - `check`: the checks, in their sequence;
//! - `make`: making, signing, looking into;
//! - `store`: the bundle that a node has taken.

mod archive;
mod manifest;
mod trust;
mod error;
mod contents;
mod caution;
mod check;
mod make;
pub mod store;

pub use archive::ArchiveError;
pub use caution::{Caution, MAX_AHEAD};
pub use check::{Checked, check, read};
pub use contents::{MAX_ATLAS, MAX_MANIFEST, MAX_REQUIREMENTS};
pub use error::Error;
pub use make::{Bundle, MakeError, make, sign};
pub use manifest::{MAX_ORIGIN, Manifest, ManifestError, Release, ReleaseError};
pub use store::{Alert, Offered, OpenError, Store, Taken};
pub use trust::{MAX_BUNDLE, MAX_ROLE, Trust, TrustBuilder, TrustError, check_role};
