package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
)

// plainFlagError says of a flag that wants a number what it wants, instead of what the parser of numbers made of it.
func plainFlagError(err error) error {
	bad, ok := errors.AsType[*pflag.InvalidValueError](err)
	if _, number := errors.AsType[*strconv.NumError](err); !ok || !number {
		return err
	}
	flag := bad.GetFlag()
	want := "a number"
	switch flag.Value.Type() {
	case "int":
		want = "a whole number"
	case "uint64":
		want = "a whole number, 0 or more"
	case "float64":
		if flag.DefValue != "0" {
			want += ", such as " + flag.DefValue
		}
	}
	return fmt.Errorf("--%s %s: want %s", flag.Name, bad.GetValue(), want)
}
