//! The `web` function.

use platform::{Failure, run};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    run("web", async |platform| Ok(web_function::routes(&platform.media()))).await
}
