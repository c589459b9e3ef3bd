//! What each endpoint asks of Postgres at two sizes of the catalogue, a hundredfold apart: not more than half again.
//!
//! `cargo dev bench` runs it at larger sizes and keeps the figures.

mod blocks;
mod catalogue;
mod figures;

use blocks::{Blocks, Touched};
use figures::{Figures, Found};
pub(crate) use figures::{keep, sizes};

use crate::capacity::scene::{Caller, Line, Scene};
use crate::capacity::{call_all, every_endpoint};
use crate::support::next_page;

/// How much more a hundredfold of everything may ask for.
const MOST_GROWTH: f64 = 1.5;
/// How much more a late page may ask for than the first.
const MOST_OF_LATE_PAGE: f64 = 1.2;
const LATE_PAGE: usize = 1_000;
/// So few that there is a thousandth page in the smaller run of the tests, too.
const PAGE: usize = 5;

async fn measured(titles: u32) -> Scene<Blocks> {
    let (scene, known) = catalogue::of(titles).await;
    call_all(scene, known).await
}

/// What the first page and a late one touch, of each list of titles.
async fn late_pages(scene: &mut Scene<Blocks>, reader: &Caller) -> Vec<(Touched, Touched)> {
    let mut pages = Vec::new();
    for (sort, path) in [
        ("by id", format!("/titles?type=game&sort=id&limit={PAGE}")),
        ("by year", format!("/titles?type=game&sort=release_year&limit={PAGE}")),
        ("by rating", format!("/titles?type=game&sort=rating&limit={PAGE}")),
    ] {
        let mut page = scene.note(("page 1", sort), async |w| reader.get(w, &path).await).await;
        for _ in 2..LATE_PAGE {
            let next = next_page(&page).expect("a next page");
            page = reader.get(&scene.world, next.trim_start_matches("/api/v1")).await.expect(200);
        }
        let next = next_page(&page).expect("a next page");
        let late = async |w: &crate::support::World| reader.get(w, next.trim_start_matches("/api/v1")).await;
        scene.note(("page 1,000", sort), late).await;
        pages.extend(scene.lines.last_chunk::<2>().map(|[first, late]| (first.2, late.2)));
    }
    pages
}

/// What searches touch, by how many titles they find.
async fn searches(scene: &mut Scene<Blocks>, reader: &Caller) -> Vec<Found> {
    let mut found = Vec::new();
    for word in ["00017", "hundredth", "common"] {
        let count =
            format!("select count(distinct title_id) from title_words where type = 1 and word ^@ '{word}'");
        let matches = scene.count.rows(&count).await[0].get(0);
        let path = format!("/titles?type=game&search={word}");
        scene.note(("a search", word), async |w| reader.get(w, &path).await).await;
        found.extend(scene.lines.last().map(|(_, _, touched)| Found { matches, touched: *touched }));
    }
    found
}

/// Searches alone may ask for more where there is more.
fn is_search((_, how, _): &Line<Touched>) -> bool {
    how.starts_with("a search")
}

#[tokio::test]
async fn no_endpoint_but_search_touches_half_as_many_blocks_again_with_a_hundredfold_of_everything() {
    let [few, many] = sizes("PROHOD_GROWTH_TITLES", [4_000, 400_000]);
    let small = measured(few).await.lines;
    let mut scene = measured(many).await;
    let large = std::mem::take(&mut scene.lines);
    let reader = Caller(scene.world.person("reader").await.token);
    let pages = late_pages(&mut scene, &reader).await;
    let found = searches(&mut scene, &reader).await;
    let figures = Figures { sizes: [few, many], small: &small, large: &large, pages: &pages, found: &found };
    figures.keep();
    let endpoints: std::collections::BTreeSet<_> =
        small.iter().map(|(endpoint, ..)| (*endpoint).to_owned()).collect();
    assert_eq!(endpoints, every_endpoint());
    let counted: i64 = small.iter().map(|(.., touched)| touched.blocks).sum();
    assert!(counted > 0, "nothing was counted");
    for (small, large) in small.iter().zip(&large) {
        assert_eq!((small.0, small.1), (large.0, large.1));
        assert_eq!(small.2.statements, large.2.statements, "{} {}", small.0, small.1);
        let bound = MOST_GROWTH * small.2.blocks as f64;
        assert!(is_search(small) || large.2.blocks as f64 <= bound, "{small:?} and then {large:?}");
    }
    for (first, late) in pages {
        assert!(late.blocks as f64 <= MOST_OF_LATE_PAGE * first.blocks as f64, "{first:?} and then {late:?}");
    }
}
