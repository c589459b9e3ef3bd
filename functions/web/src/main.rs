//! The `web` function.

use platform::{Failure, run};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    run("web", async |_| Ok(web_function::routes())).await
}
