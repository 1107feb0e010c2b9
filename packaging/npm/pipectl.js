#!/usr/bin/env node
// Starts the program of this machine's package, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const { optionalDependencies: builds, version } = require("./package.json");

function fail(text) {
  process.stderr.write(`pipectl: ${text}\n`);
  process.exit(1);
}

/** The C library of a Linux without glibc, such as Alpine, cannot start the program. */
function platform() {
  const name = `${process.platform}-${process.arch}`;
  const musl = process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
  return musl ? `${name}-musl` : name;
}

function program() {
  const name = platform();
  const wanted = `@pipectl/${name}`;
  if (!(wanted in builds)) {
    const known = Object.keys(builds).map((build) => build.slice("@pipectl/".length));
    fail(
      `there is no build for ${name}, only for ${known.join(", ")}\n` +
        "  help: with Rust, `cargo install pipectl` builds it from source",
    );
  }
  try {
    return require.resolve(`${wanted}/bin/pipectl`);
  } catch {
    fail(
      `the package ${wanted}@${version} is not installed\n` +
        "  why: it is an optional dependency, which `--omit=optional` and a lock file of another platform leave out\n" +
        `  help: npm install ${wanted}@${version}`,
    );
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });

// What is sent to this process is for the program. A Ctrl-C at a terminal reaches it twice, by the terminal and from here:
// it takes two of the same at once for one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
  process.on(signal, () => child.kill(signal));
}

child.on("error", (error) => fail(`${error.path} cannot be started: ${error.message}`));
child.on("exit", (code, signal) => {
  // Shells see 128 and the signal's number for a program that a signal ended.
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
});
