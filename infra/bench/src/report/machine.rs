use std::fs;
use std::process::Command;

/// What the figures were measured on, without a name or a path.
pub fn table() -> anyhow::Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let gib = kib.and_then(|kib| kib.parse::<f64>().ok()).map_or(0.0, |kib| kib / 1024.0 / 1024.0);
    let system = said("uname", &["-sr"]);
    let day = jiff::Zoned::now().date();
    Ok(format!(
        "| on | |\n| --- | --- |\n| day | {day} |\n| processor | {}, {cores} cores |\n| memory | {gib:.0} GiB |\n\
         | system | {} |\n| compiler | {} |\n",
        model.unwrap_or("unknown"),
        system.split('-').next().unwrap_or_default(),
        said("rustc", &["--version"]),
    ))
}

/// What a program says of itself.
fn said(program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).output();
    run.map_or_else(|_| "unknown".to_owned(), |run| String::from_utf8_lossy(&run.stdout).trim().to_owned())
}
