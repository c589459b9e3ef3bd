use clap::Args;
use platform::Platform;

/// How much to add.
#[derive(Args)]
pub(crate) struct Amounts {
    /// Titles
    #[arg(long, default_value_t = 0)]
    titles: u64,
    /// People
    #[arg(long, default_value_t = 0)]
    users: u64,
    /// Reviews, each with a walk
    #[arg(long, default_value_t = 0)]
    reviews: u64,
}

pub(crate) async fn load(_platform: &Platform, amounts: Amounts) -> anyhow::Result<String> {
    let Amounts { titles, users, reviews } = amounts;
    Ok(format!("{titles} {users} {reviews}"))
}
