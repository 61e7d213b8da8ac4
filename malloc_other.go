//go:build !linux || !cgo

package main

// trimC gives back what C has freed and keeps. Only glibc has to be told.
func trimC() {}
