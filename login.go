package main

import (
	"fmt"
	"hash/fnv"
	"os"
)

// atLogin is the command line that starts this program hidden, for the same profile.
func (o options) atLogin(dir string) []string {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	if o.profile == "" {
		return []string{program, "--hidden"}
	}
	return []string{program, "--profile", dir, "--hidden"}
}

// entry names the start at log-in: each profile has one of its own.
func (o options) entry(dir string) string {
	if o.profile == "" {
		return appID
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(dir))
	return fmt.Sprintf("%s.%08x", appID, sum.Sum32())
}
