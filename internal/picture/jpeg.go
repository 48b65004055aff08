package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Markers of JPEG (ITU-T T.81 table B.1).
const (
	markerSOF0 = 0xC0
	markerSOF2 = 0xC2 // progressive
	markerDHT  = 0xC4
	markerJPG  = 0xC8
	markerDAC  = 0xCC
	markerRST0 = 0xD0
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerAPP1 = 0xE1
)

// maxScans is how many scans a progressive JPEG may have; encoders make about
// ten. Each takes the time of the whole image, and a few bytes.
const maxScans = 100

// tooManyScans counts what can begin a scan. In the data of a scan these two
// bytes never stand side by side, in metadata they seldom do.
func tooManyScans(data []byte) bool {
	return bytes.Count(data, []byte{0xFF, markerSOS}) > maxScans
}

// segments calls visit for each segment before the first scan, until visit
// returns false.
func segments(data []byte, visit func(marker byte, payload []byte) bool) {
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xFF {
			i++ // decoders pass over what is between segments
			continue
		}
		marker := data[i+1]
		switch {
		case marker == 0xFF:
			i++
			continue
		case marker == 0 || marker == 1 || marker >= markerRST0 && marker <= markerSOI:
			i += 2
			continue
		case marker == markerEOI || marker == markerSOS:
			return
		}
		length := int(binary.BigEndian.Uint16(data[i+2:]))
		if length < 2 || i+2+length > len(data) || !visit(marker, data[i+4:i+2+length]) {
			return
		}
		i += 2 + length
	}
}

// jpegMemory is what the planes take, with the coefficients that a progressive
// image is collected in (4 bytes each), and the pixels that RGB and CMYK are
// converted to.
func jpegMemory(data []byte, c image.Config) int64 {
	pixels := int64(c.Width) * int64(c.Height)
	perPixel := int64(4 + 4*(1+4) + 4) // if there is no frame header that can be read
	var planes int64
	segments(data, func(marker byte, p []byte) bool {
		if marker < markerSOF0 || marker > 0xCF || marker == markerDHT || marker == markerJPG || marker == markerDAC {
			return true
		}
		planes = planeSamples(p, pixels)
		if marker == markerSOF2 {
			planes *= 1 + 4
		}
		return false
	})
	if planes == 0 {
		return perPixel * pixels
	}
	return planes + 4*pixels
}

// planeSamples counts the samples of all components of a frame header; 0 if it
// is malformed.
func planeSamples(p []byte, pixels int64) int64 {
	if len(p) < 6 || p[5] == 0 || len(p) < 6+3*int(p[5]) {
		return 0
	}
	var sum, hMax, vMax int64
	for i := range int(p[5]) {
		h, v := int64(p[7+3*i]>>4), int64(p[7+3*i]&15)
		sum += h * v
		hMax, vMax = max(hMax, h), max(vMax, v)
	}
	if hMax == 0 || vMax == 0 {
		return 0
	}
	return (pixels*sum + hMax*vMax - 1) / (hMax * vMax)
}

// orientation is how a JPEG wants to be turned: 1 to 8, as EXIF counts; 1 for
// whatever can't be read.
func orientation(data []byte) int {
	found := 1
	segments(data, func(marker byte, p []byte) bool {
		tiff, ok := bytes.CutPrefix(p, []byte("Exif\x00\x00"))
		if marker != markerAPP1 || !ok {
			return true
		}
		found = tiffOrientation(tiff)
		return false
	})
	return found
}

// tiffOrientation reads tag 0x0112 of the first directory of a TIFF file.
func tiffOrientation(tiff []byte) int {
	const (
		tagOrientation = 0x0112
		typeShort      = 3
	)
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	} else if string(tiff[:2]) != "II" {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if order.Uint16(tiff[2:]) != 42 || at < 8 || at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
