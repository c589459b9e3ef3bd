//! Many who work at once, and what must be true of all that they wrote.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::figures::Wrong;
use super::people::Person;
use super::scene::Scene;
use super::weather::{Sky, Weather};
use super::worker::{Shared, Worker};

/// Those who work, each on a thread of their own.
pub struct Load {
    pub shared: Arc<Shared>,
    threads: Vec<JoinHandle<Worker>>,
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Load {
    /// Registers so many, and has them work.
    pub fn start(scene: &Scene, sky: Sky, workers: u64) -> Self {
        let (url, mut dice) = (&scene.server.url, scene.figures.dice());
        let owner = Person::register(url, "owner");
        let titles = ["The Dunes", "Ico", "Stalker"].map(|name| owner.add_title(name)).to_vec();
        let shared = Arc::new(Shared {
            url: url.clone(),
            figures: scene.figures.clone(),
            weather: Weather::new(sky),
            titles,
            stop: AtomicBool::new(false),
        });
        let workers: Vec<_> = (0..workers).map(|number| Worker::new(&shared, number, &mut dice)).collect();
        let run = |worker: Worker| std::thread::spawn(move || worker.run());
        Self { threads: workers.into_iter().map(run).collect(), shared }
    }

    /// Ends the work, and has everybody compare what is there with what they know.
    pub fn end(mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let workers = self.threads.drain(..).map(|thread| thread.join().expect("a thread that ends well"));
        let mut workers: Vec<_> = workers.collect();
        let marks: Vec<_> = workers.iter_mut().map(Worker::look_back).collect();
        self.check_averages(&marks);
    }

    /// Compares what titles show with what everybody knows to have written.
    fn check_averages(&self, marks: &[Vec<Option<i64>>]) {
        let client = Person::register(&self.shared.url, "reader").client;
        for (number, title) in self.shared.titles.iter().enumerate() {
            let own: Vec<i64> = marks.iter().filter_map(|marks| marks[number]).collect();
            let (sum, count) = (own.iter().sum(), i64::try_from(own.len()).expect("a count"));
            let mean = models::Average::of(sum, count).map(|average| f64::from(average.tenths()) / 10.0);
            let seen = client.ask("GET", &format!("/titles/{title}")).expect(200);
            let shown = (seen.body()["rating"].as_f64(), seen.body()["reviews_count"].as_i64());
            if shown != (mean, Some(count)) {
                self.shared.figures.wrong(Wrong::Average, format_args!("{shown:?} is shown of {own:?}"));
            }
        }
    }
}
