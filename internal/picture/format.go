package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// format is a kind of image that is read.
type format struct {
	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)
	// memory is the largest number of bytes that decoding takes.
	memory func(data []byte, c image.Config) int64
}

// formatOf tells an image by its first bytes, whatever anybody says it is; nil
// if it is none that is read.
func formatOf(data []byte) *format {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return &format{reading(jpeg.DecodeConfig), reading(jpeg.Decode), jpegMemory}
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return &format{reading(png.DecodeConfig), reading(png.Decode), pngMemory}
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return &format{reading(gif.DecodeConfig), reading(gif.Decode), perPixel(2)}
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		// Up to 4 for the pixels, and as much while transforms are undone.
		return &format{reading(webp.DecodeConfig), reading(webp.Decode), perPixel(8)}
	}
	return nil
}

func perPixel(n int64) func([]byte, image.Config) int64 {
	return func(_ []byte, c image.Config) int64 { return n * int64(c.Width) * int64(c.Height) }
}

// pngMemory counts a half more for interlaced images, whose passes are decoded
// apart. A gray image may turn out to have a transparent colour, and is then
// decoded as one with alpha.
func pngMemory(_ []byte, c image.Config) int64 {
	each := int64(4)
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		each = 8
	default:
		if _, ok := c.ColorModel.(color.Palette); ok {
			each = 1
		}
	}
	return each * int64(c.Width) * int64(c.Height) * 3 / 2
}
