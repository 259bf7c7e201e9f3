#!/bin/sh
# Stands in rustc's place for the crates of this workspace (RUSTC_WORKSPACE_WRAPPER), when they are compiled for fuzzing: a counter
# for each edge, and every comparison told, as libFuzzer wants it. All of these are flags of stable Rust. Whatever cargo says of
# optimisation, one step of it: without any, a second holds a tenth of the inputs.
exec "$@" \
    -Copt-level=1 \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
