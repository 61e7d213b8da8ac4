// Typecheck checks every package of the module, its tests too, as it is built for other systems, on a machine that has neither their C
// compiler nor their headers:
//
//	go run ./internal/typecheck windows/amd64 darwin/arm64
//
// `GOOS=windows go vet` leaves out each file that imports "C", and so the drivers of the windows and of the devices, and with them all
// that uses them. Here those files take part, here as in the dependencies: names of C are taken as they come (types.Config.FakeImportC),
// and everything else must hold. Of the dependencies only the declarations are looked at.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: typecheck GOOS/GOARCH...")
		os.Exit(2)
	}
	failed := make([]error, len(os.Args)-1)
	var all sync.WaitGroup
	for i, target := range os.Args[1:] {
		all.Go(func() {
			system, arch, _ := strings.Cut(target, "/")
			failed[i] = check(".", system, arch)
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
