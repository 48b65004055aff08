package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"

	"golang.org/x/image/draw"
)

// What is wrong with an image.
var (
	// ErrFormat says that it is no JPEG, PNG, WebP or GIF.
	ErrFormat = errors.New("no image of a known format")
	// ErrTooLarge says that decoding it would take too much memory or time,
	// however few bytes it has.
	ErrTooLarge = errors.New("image is too large")
	// ErrBroken says that it can't be decoded.
	ErrBroken = errors.New("image is broken")
)

const (
	// Side is the length of an avatar in pixels; of a smaller image it is less.
	Side = 512
	// MaxPixels is how many pixels an image may have, and maxSide how many in
	// one direction: the photographs of a phone, with room.
	MaxPixels = 16 << 20
	maxSide   = 16384
	// maxMemory is how many bytes decoding may take.
	maxMemory = 144 << 20
	// Type is the media type of what Square makes.
	Type    = "image/jpeg"
	quality = 88
)

// Square makes an avatar of an image: its middle, upright, at most Side long, on
// white where it was transparent, as a JPEG that holds nothing else. Of an
// animation it takes the first frame. Decoding takes at most some 170 MiB and
// can't be interrupted; whoever calls bounds how many run at once.
//
// Errors: ErrFormat, ErrTooLarge, ErrBroken.
func Square(data []byte) (avatar []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // a fault of a decoder is no fault of the server
			avatar, err = nil, fmt.Errorf("%w: decoder panicked", ErrBroken)
		}
	}()
	f := formatOf(data)
	if f == nil {
		return nil, ErrFormat
	}
	c, err := f.config(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	case c.Width <= 0 || c.Height <= 0:
		return nil, fmt.Errorf("%w: it has no pixels", ErrBroken)
	case c.Width > maxSide || c.Height > maxSide || int64(c.Width)*int64(c.Height) > MaxPixels,
		f.memory(data, c) > maxMemory, tooManyScans(data) && data[0] == 0xFF:
		return nil, ErrTooLarge
	}
	img, err := f.decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if img.Bounds().Empty() {
		return nil, fmt.Errorf("%w: it has no pixels", ErrBroken)
	}
	turned := 1
	if data[0] == 0xFF {
		turned = orientation(data)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turn(scale(middle(img)), turned), &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode avatar: %w", err)
	}
	return out.Bytes(), nil
}

func reading[T any](decode func(io.Reader) (T, error)) func([]byte) (T, error) {
	return func(data []byte) (T, error) { return decode(bytes.NewReader(data)) }
}

// middle takes the square in the middle of an image onto white, and makes it
// smaller by a whole factor, as long as it stays larger than Side: averages of
// boxes, in strips, so that scale needs little memory.
func middle(img image.Image) *image.RGBA {
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	factor := max(1, side/Side)
	n := side / factor
	width := n * factor
	at := image.Pt(b.Min.X+(b.Dx()-width)/2, b.Min.Y+(b.Dy()-width)/2)
	out := image.NewRGBA(image.Rect(0, 0, n, n))
	strip := image.NewRGBA(image.Rect(0, 0, width, factor))
	white := image.NewUniform(color.White)
	for y := range n {
		draw.Draw(strip, strip.Rect, white, image.Point{}, draw.Src)
		draw.Draw(strip, strip.Rect, img, at.Add(image.Pt(0, y*factor)), draw.Over)
		average(out.Pix[y*out.Stride:][:4*n], strip, factor)
	}
	return out
}

// average fills a row with the averages of the boxes of a strip.
func average(row []byte, strip *image.RGBA, factor int) {
	if factor == 1 {
		copy(row, strip.Pix)
		return
	}
	half, area := uint32(factor*factor/2), uint32(factor*factor)
	for x := 0; x < len(row); x += 4 {
		var r, g, b uint32
		for dy := range factor {
			box := strip.Pix[dy*strip.Stride+x*factor:][:4*factor]
			for i := 0; i < len(box); i += 4 {
				r, g, b = r+uint32(box[i]), g+uint32(box[i+1]), b+uint32(box[i+2])
			}
		}
		row[x], row[x+1], row[x+2], row[x+3] = byte((r+half)/area), byte((g+half)/area), byte((b+half)/area), 0xFF
	}
}

// scale makes a square no larger than Side.
func scale(img *image.RGBA) *image.RGBA {
	if img.Rect.Dx() <= Side {
		return img
	}
	out := image.NewRGBA(image.Rect(0, 0, Side, Side))
	draw.CatmullRom.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}

// turn brings a square upright that has that EXIF orientation.
func turn(img *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return img
	}
	last := img.Rect.Dx() - 1
	out := image.NewRGBA(img.Rect)
	for y := range last + 1 {
		for x := range last + 1 {
			sx, sy := x, y
			switch orientation {
			case 2: // mirrored
				sx = last - x
			case 3: // upside down
				sx, sy = last-x, last-y
			case 4: // upside down, mirrored
				sy = last - y
			case 5: // along the diagonal
				sx, sy = y, x
			case 6: // to be turned clockwise
				sx, sy = y, last-x
			case 7: // along the other diagonal
				sx, sy = last-y, last-x
			case 8: // to be turned anticlockwise
				sx, sy = last-y, x
			}
			out.SetRGBA(x, y, img.RGBAAt(sx, sy))
		}
	}
	return out
}
