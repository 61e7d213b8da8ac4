//go:build unix

package profile

import "github.com/google/renameio/v2"

// writeWhole writes a file whole or not at all.
func writeWhole(path string, data []byte) error {
	return renameio.WriteFile(path, data, 0o600, renameio.WithStaticPermissions(0o600))
}
