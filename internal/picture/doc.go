// Package picture makes an avatar of whatever image a stranger sends: pure
// bytes in and out.
//
// What comes out was encoded here, pixel by pixel: nothing that came beside the
// pixels (position, camera, comments, another file behind the image) is in it.
// What an image would take to decode is computed from its header and refused
// before anything is decoded.
package picture
