package main

import "flag"

var update = flag.Bool("update", false, "rewrite README.md and the expected files in testdata/script")
