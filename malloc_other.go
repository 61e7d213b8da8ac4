//go:build !linux || !cgo

package main

// tuneMalloc does nothing where the C library needs no advice.
func tuneMalloc() {}
