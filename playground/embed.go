// Package playground holds the built page of the playground, so that hufu is one
// file and a newcomer needs no Node.js. `npm run build` makes dist anew from what
// lies beside this file.
package playground

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Assets is the built page. It lacks an index.html in a checkout where nothing
// was built.
func Assets() fs.FS {
	assets, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist // "dist" is a valid name
	}
	return assets
}
