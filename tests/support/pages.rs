use super::{Answer, Anybody};

impl Anybody<'_> {
    /// Reads a list from its first page to its last by the `Link` headers alone.
    pub async fn pages(&self, first: &str) -> Vec<Answer> {
        let mut pages = Vec::new();
        let mut next = Some(first.to_owned());
        while let Some(path) = next {
            assert!(pages.len() < 100, "the list has no end");
            let page = self.get(&path).await.expect(200);
            next = next_page(&page);
            pages.push(page);
        }
        pages
    }

    /// The texts at `pointer` of every item of a list, read page by page.
    pub async fn whole(&self, first: &str, pointer: &str) -> Vec<String> {
        self.pages(first).await.iter().flat_map(|page| page.items(pointer)).collect()
    }
}

/// Where the next page is; checks that header and body say the same.
pub fn next_page(page: &Answer) -> Option<String> {
    let link = page.header("link");
    match page.body["next_cursor"].as_str() {
        Some(cursor) => {
            let path = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
            let path = path.unwrap_or_else(|| panic!("a strange link: {link}"));
            assert!(path.ends_with(&format!("cursor={cursor}")), "{link} leads not to {cursor}");
            Some(path.to_owned())
        }
        None => {
            assert!(page.body["next_cursor"].is_null() && link.is_empty(), "{link} {}", page.body);
            None
        }
    }
}
