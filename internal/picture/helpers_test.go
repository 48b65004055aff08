package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// The four quarters of a test image, clockwise from the upper left.
var (
	red    = color.NRGBA{230, 20, 20, 255}
	green  = color.NRGBA{20, 200, 20, 255}
	blue   = color.NRGBA{20, 20, 230, 255}
	yellow = color.NRGBA{230, 220, 20, 255}
)

type setter interface {
	image.Image
	Set(x, y int, c color.Color)
}

// quarters paints the square in the middle of an image, and the rest black.
func quarters[T setter](m T) T {
	b := m.Bounds()
	side := min(b.Dx(), b.Dy())
	left, top := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			inside := x >= left && x < left+side && y >= top && y < top+side
			right, low := x >= left+side/2, y >= top+side/2
			switch {
			case !inside:
				m.Set(x, y, color.Black)
			case !right && !low:
				m.Set(x, y, red)
			case right && !low:
				m.Set(x, y, green)
			case right && low:
				m.Set(x, y, blue)
			default:
				m.Set(x, y, yellow)
			}
		}
	}
	return m
}

func rect(w, h int) image.Rectangle { return image.Rect(0, 0, w, h) }

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t testing.TB, frames ...*image.Paletted) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func paletted(w, h int) *image.Paletted {
	return image.NewPaletted(rect(w, h), color.Palette{color.Black, red, green, blue, yellow})
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// segment makes a segment of a JPEG.
func segment(marker byte, payload string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2)), payload...)
}

// withSegment puts a segment behind the beginning of a JPEG.
func withSegment(jpg []byte, marker byte, payload string) []byte {
	out := append([]byte{}, jpg[:2]...)
	return append(append(out, segment(marker, payload)...), jpg[2:]...)
}

// exif is the payload of an APP1 segment with an orientation and a place.
func exif(order binary.AppendByteOrder, orientation uint16) string {
	b := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM")
	}
	b = order.AppendUint32(order.AppendUint16(b, 42), 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x010F), 2), 4)
	b = append(b, "Canary\x00\x00"[:4]...)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x0112), 3), 1)
	b = order.AppendUint16(order.AppendUint16(b, orientation), 0)
	return "Exif\x00\x00" + string(order.AppendUint32(b, 0)) + "GPS-CANARY"
}

// chunk makes a chunk of a PNG.
func chunk(kind, payload string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload)))
	b = append(append(b, kind...), payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// patched changes bytes of a copy.
func patched(b []byte, at int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

// near reports whether two colours look alike after JPEG.
func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > 0x2800 }
	return !far(ar, br) && !far(ag, bg) && !far(ab, bb)
}
