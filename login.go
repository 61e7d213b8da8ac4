package main

import (
	"fmt"
	"hash/fnv"
	"os"
)

// command is the command line that starts this program for the same profile.
func (o options) command(dir string) []string {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	if o.profile == "" {
		return []string{program}
	}
	return []string{program, "--profile", dir}
}

// entry names that command for the desktop: each profile has one of its own.
func (o options) entry(dir string) string {
	if o.profile == "" {
		return appID
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(dir))
	return fmt.Sprintf("%s.%08x", appID, sum.Sum32())
}
