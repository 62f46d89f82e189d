//! The daemon over sockets of the loopback interface. 127.8.0.0/16 plays the territory of `CN`, 127.0.0.0/16 that of `US`.

mod support;

mod forward_auth;
mod addresses;
mod names;
mod ext_authz;
mod api;
mod changes;
mod hostile;
mod reload;
mod limits;
mod record;
mod configuration;
mod process;
