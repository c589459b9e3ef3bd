//! The journeys, on the template deployed to the emulator: API Gateway's events, a process a function, keys and
//! migrations made by the setup function.

use crate::journey::stories;
use crate::support::service;

#[test]
fn the_template_serves_the_same_journeys() {
    let urls = service("TEST_DEPLOYED_URLS");
    for (number, url) in urls.split(' ').enumerate() {
        let unique = format!("d{number}{}", std::process::id());
        stories(url, &unique);
    }
}
