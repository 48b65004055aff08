package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/picture"
)

// square makes an avatar that must be a JPEG of that side.
func square(t *testing.T, data []byte, side int) image.Image {
	t.Helper()
	out, err := picture.Square(data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if m.Bounds() != rect(side, side) {
		t.Fatalf("bounds %v, want a side of %d", m.Bounds(), side)
	}
	return m
}

// checkQuarters looks at the middle of each quarter, clockwise.
func checkQuarters(t *testing.T, m image.Image, want ...color.Color) {
	t.Helper()
	n := m.Bounds().Dx()
	for i, at := range []image.Point{{n / 4, n / 4}, {3 * n / 4, n / 4}, {3 * n / 4, 3 * n / 4}, {n / 4, 3 * n / 4}} {
		if got := m.At(at.X, at.Y); !near(got, want[i]) {
			t.Errorf("quarter %d is %v, want %v", i, got, want[i])
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	second := paletted(64, 64) // black
	tests := map[string]struct {
		data []byte
		side int
	}{
		"JPEG":             {asJPEG(t, quarters(image.NewRGBA(rect(300, 200)))), 200},
		"JPEGLarge":        {asJPEG(t, quarters(image.NewRGBA(rect(1300, 1500)))), 512},
		"PNG":              {asPNG(t, quarters(image.NewNRGBA(rect(200, 600)))), 200},
		"PNGLarge":         {asPNG(t, quarters(image.NewNRGBA(rect(1100, 700)))), 512},
		"PNG16Bit":         {asPNG(t, quarters(image.NewNRGBA64(rect(600, 600)))), 512},
		"PNGPalette":       {asPNG(t, quarters(paletted(513, 600))), 512},
		"GIF":              {asGIF(t, quarters(paletted(100, 90))), 90},
		"GIFFirstFrame":    {asGIF(t, quarters(paletted(64, 64)), second), 64},
		"ZIPBehindJPEG":    {append(asJPEG(t, quarters(image.NewRGBA(rect(64, 64)))), "PK\x03\x04CANARY"...), 64},
		"HTMLBehindPNG":    {append(asPNG(t, quarters(image.NewRGBA(rect(64, 64)))), "<script>CANARY</script>"...), 64},
		"TextInPNG":        {textInPNG(t), 64},
		"CommentInJPEG":    {withSegment(asJPEG(t, quarters(image.NewRGBA(rect(64, 64)))), 0xFE, "CANARY"), 64},
		"ProfileInJPEG":    {withSegment(asJPEG(t, quarters(image.NewRGBA(rect(64, 64)))), 0xE2, "ICC_PROFILE\x00CANARY"), 64},
		"JPEGNotFromZero":  {asJPEG(t, quarters(image.NewRGBA(image.Rect(-50, 30, 250, 230)))), 200},
		"ExactlyTheSide":   {asPNG(t, quarters(image.NewRGBA(rect(512, 512)))), 512},
		"TwoByTwo":         {asPNG(t, quarters(image.NewRGBA(rect(2, 2)))), 2},
		"ManyPixelsInAPNG": {asPNG(t, quarters(paletted(4096, 4096))), 512},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := square(t, tt.data, tt.side)
			if tt.side > 2 { // JPEG mixes the colours of neighbours
				checkQuarters(t, m, red, green, blue, yellow)
			}
			out, _ := picture.Square(tt.data)
			if bytes.Contains(out, []byte("CANARY")) || bytes.Contains(out, []byte("Exif")) {
				t.Error("something beside the pixels came through")
			}
		})
	}
}

func textInPNG(t *testing.T) []byte {
	p := asPNG(t, quarters(image.NewRGBA(rect(64, 64))))
	out := append([]byte{}, p[:33]...) // signature and IHDR
	out = append(append(out, chunk("tEXt", "Comment\x00CANARY")...), chunk("eXIf", "II*\x00CANARY")...)
	return append(out, p[33:]...)
}

// TestKinds are those that Go can't write: that they decode, and to what size.
func TestKinds(t *testing.T) {
	t.Parallel()
	for name, side := range map[string]int{
		"video-001.cmyk.jpeg": 103, "video-001.rgb.jpeg": 103, "video-001.q50.444.progressive.jpeg": 103,
		"video-001.q50.420.progressive.jpeg": 103, "video-001.interlaced.gif": 103, "triangle-001.gif": 0,
		"yellow_rose.lossy-with-alpha.webp": 0, "video-001.lossy.webp": 103,
		"gopher-doc.with-alpha.lossless.webp": 0, "gopher-doc.8bpp.lossless.webp": 0,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := picture.Square(file(t, name))
			if err != nil {
				t.Fatal(err)
			}
			c, err := jpeg.DecodeConfig(bytes.NewReader(out))
			if err != nil || c.Width != c.Height || c.Width > picture.Side || side > 0 && c.Width != side {
				t.Errorf("%v %v", c, err)
			}
		})
	}
}

func TestTransparentIsWhite(t *testing.T) {
	t.Parallel()
	m := image.NewNRGBA(rect(64, 64))
	m.Set(0, 0, color.NRGBA{255, 0, 0, 1})
	out := square(t, asPNG(t, m), 64)
	checkQuarters(t, out, color.White, color.White, color.White, color.White)
}

func TestOrientations(t *testing.T) {
	t.Parallel()
	plain := asJPEG(t, quarters(image.NewRGBA(rect(100, 80))))
	for o, want := range map[uint16][]color.Color{
		0: {red, green, blue, yellow}, // no orientation at all
		1: {red, green, blue, yellow},
		2: {green, red, yellow, blue},
		3: {blue, yellow, red, green},
		4: {yellow, blue, green, red},
		5: {red, yellow, blue, green},
		6: {yellow, red, green, blue},
		7: {blue, green, red, yellow},
		8: {green, blue, yellow, red},
		9: {red, green, blue, yellow},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			data := withSegment(plain, 0xE1, exif(order, o))
			checkQuarters(t, square(t, data, 80), want...)
			out, err := picture.Square(data)
			if err != nil || bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("CANARY")) {
				t.Errorf("orientation %d: metadata came through (%v)", o, err)
			}
			if o == 6 { // cut anywhere, it must not fail
				payload, small := exif(order, o), asJPEG(t, image.NewGray(rect(8, 8)))
				for n := range payload {
					if _, err := picture.Square(withSegment(small, 0xE1, payload[:n])); err != nil {
						t.Fatalf("EXIF of %d bytes: %v", n, err)
					}
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	jpg := asJPEG(t, quarters(image.NewRGBA(rect(64, 64))))
	pg := asPNG(t, quarters(image.NewRGBA(rect(64, 64))))
	gf := asGIF(t, quarters(paletted(64, 64)))
	wp := file(t, "video-001.lossy.webp")
	sof := bytes.Index(jpg, []byte{0xFF, 0xC0}) + 5 // height, width
	progressive := file(t, "video-001.q50.444.progressive.jpeg")
	sof2 := bytes.Index(progressive, []byte{0xFF, 0xC2}) + 5
	ihdr := func(w, h uint32, depth, kind byte) []byte {
		b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
		return append(append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", string(append(b, depth, kind, 0, 0, 0)))...), pg[33:]...)
	}
	vp8l := func(w, h uint32, rest ...byte) []byte {
		bits := w - 1 | (h-1)<<14
		body := append(binary.LittleEndian.AppendUint32([]byte{0x2F}, bits), rest...)
		return riff("VP8L", body)
	}
	vp8x := func(w, h uint32, next []byte) []byte {
		p := []byte{0, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
		return riff("VP8X", p, next...)
	}
	scans := bytes.Repeat(segment(0xDA, "\x01\x01\x00\x00\x3f\x00"), 101)
	tests := map[string]struct {
		data []byte
		want error
	}{
		"Empty":         {nil, picture.ErrFormat},
		"Text":          {[]byte("hello"), picture.ErrFormat},
		"HTML":          {[]byte("<html><script>alert(1)</script>"), picture.ErrFormat},
		"SVG":           {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), picture.ErrFormat},
		"BMP":           {append([]byte("BM"), make([]byte, 100)...), picture.ErrFormat},
		"TIFF":          {append([]byte("II*\x00"), make([]byte, 100)...), picture.ErrFormat},
		"HEIC":          {append([]byte("\x00\x00\x00\x18ftypheic"), make([]byte, 100)...), picture.ErrFormat},
		"ImageInMiddle": {append([]byte("<!--"), pg...), picture.ErrFormat},
		"GIFAndScript":  {[]byte("GIF89a/*<script>*/=1;alert(1)//"), nil},

		"JPEGOnlyMagic": {jpg[:3], picture.ErrBroken}, "PNGOnlyMagic": {pg[:8], picture.ErrBroken},
		"GIFOnlyMagic": {gf[:6], picture.ErrBroken}, "WebPOnlyMagic": {wp[:16], picture.ErrBroken},
		"JPEGHalf": {jpg[:len(jpg)/2], picture.ErrBroken}, "PNGHalf": {pg[:len(pg)/2], picture.ErrBroken},
		"GIFHalf": {gf[:len(gf)/2], picture.ErrBroken}, "WebPHalf": {wp[:len(wp)/2], picture.ErrBroken},
		"PNGWrongSum": {patched(pg, 29, pg[29]^1), picture.ErrBroken},

		"JPEGNothing":    {patched(jpg, sof, 0, 0, 0, 0), picture.ErrBroken},
		"JPEGNoWidth":    {patched(jpg, sof, 0, 64, 0, 0), picture.ErrBroken},
		"PNGNothing":     {ihdr(0, 0, 8, 6), picture.ErrBroken},
		"GIFNothing":     {patched(gf, 6, 0, 0, 0, 0), picture.ErrBroken},
		"GIFFrameBeyond": {patched(gf, 6, 1, 0, 1, 0), picture.ErrBroken},

		"JPEGHuge":            {patched(jpg, sof, 0xFF, 0xFF, 0xFF, 0xFF), picture.ErrTooLarge},
		"JPEGHugeProgressive": {patched(progressive, sof2, 0x10, 0, 0x10, 0), picture.ErrTooLarge},
		"JPEGManyScans":       {append(bytes.Clone(jpg[:len(jpg)-2]), scans...), picture.ErrTooLarge},
		"PNGHuge":             {ihdr(50000, 50000, 8, 6), picture.ErrTooLarge},
		"PNGHuge1Bit":         {ihdr(65000, 65000, 1, 0), picture.ErrTooLarge},
		"PNGLong":             {ihdr(16385, 1, 8, 6), picture.ErrTooLarge},
		"PNGDeep":             {ihdr(4000, 4000, 16, 6), picture.ErrTooLarge},
		"GIFHuge":             {patched(gf, 6, 0xFF, 0xFF, 0xFF, 0xFF), picture.ErrTooLarge},
		"WebPHuge":            {vp8l(16384, 16384), picture.ErrTooLarge},
		"WebPHugeCanvas":      {vp8x(1<<14, 1<<14, nil), picture.ErrTooLarge},
		"WebPSmallCanvas":     {vp8x(16, 16, vp8l(16384, 16384)[12:]), picture.ErrBroken},
		"WebPHugeLossy":       {patched(wp, 26, 0xFF, 0x3F, 0xFF, 0x3F), picture.ErrTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := picture.Square(tt.data)
			if out != nil || err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("%d bytes, %v, want %v", len(out), err, tt.want)
			}
			if strings.Contains(err.Error(), "panicked") {
				t.Fatal(err)
			}
		})
	}
}

func riff(kind string, body []byte, next ...byte) []byte {
	if len(body)%2 == 1 {
		body = append(body, 0)
	}
	inner := append([]byte("WEBP"+kind), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
	inner = append(append(inner, body...), next...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(inner))), inner...)
}

// FuzzSquare: whatever comes in, out comes an avatar or one of three errors, and
// no decoder panics.
func FuzzSquare(f *testing.F) {
	jpg := asJPEG(f, quarters(image.NewRGBA(rect(24, 16))))
	f.Add(jpg)
	f.Add(withSegment(jpg, 0xE1, exif(binary.BigEndian, 6)))
	f.Add(asPNG(f, quarters(image.NewNRGBA64(rect(9, 16)))))
	f.Add(asPNG(f, quarters(paletted(16, 9))))
	f.Add(asGIF(f, quarters(paletted(16, 9)), paletted(8, 8)))
	for _, name := range []string{"video-001.cmyk.jpeg", "video-001.q50.420.progressive.jpeg", "video-001.lossy.webp", "yellow_rose.lossy-with-alpha.webp", "gopher-doc.8bpp.lossless.webp"} {
		f.Add(file(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := picture.Square(data)
		if err != nil {
			if !errors.Is(err, picture.ErrFormat) && !errors.Is(err, picture.ErrTooLarge) && !errors.Is(err, picture.ErrBroken) {
				t.Fatal(err)
			}
			if strings.Contains(err.Error(), "panicked") {
				t.Fatal(err)
			}
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(out))
		if err != nil || c.Width != c.Height || c.Width > picture.Side || c.Width < 1 {
			t.Fatalf("%v %v", c, err)
		}
	})
}
