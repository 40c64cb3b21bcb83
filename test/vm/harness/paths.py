# SPDX-License-Identifier: GPL-2.0-only
"""Paths of the project."""

from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
CASES = TOP / "test/cases"
BENCH = TOP / "test/bench"
GUEST = TOP / "test/vm/guest"
BUILD = TOP / "build"
KERNELS = BUILD / "kernel"
VM = BUILD / "vm"
BASE_IMAGE = VM / "base.img"
ROOT_IMAGE = VM / "root.img"
STAGE = VM / "stage"
PROGRAMS = VM / "prog"
RESULTS = BUILD / "test"
VARIANTS = ("everyday", "next", "debug", "plain", "kasan", "cloud")
