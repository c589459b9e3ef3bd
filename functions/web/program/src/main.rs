//! The `web` function.

use platform::{Failure, run};

fn main() -> Result<(), Failure> {
    run("web", |platform| Box::pin(async { Ok(web_function::routes(&platform.media())) }))
}
