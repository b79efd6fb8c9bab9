//! The commands on the store: what is registered, by whom, and what a change would do.

mod ask;
pub mod assess;
mod audit;
pub mod baseline;
mod capture;
pub mod ci_policy;
mod dump_key;
mod effects;
pub mod host;
mod policy;
mod server;
mod session;
mod state;
mod time;
pub mod trust;

pub use audit::run as audit;
pub use dump_key::run as dump_key;
pub use host::run as host;
pub use policy::run as policy;
pub use server::{mode, server};
pub use session::{data_folder, now};
pub use state::run as state;
pub use trust::run as trust;
