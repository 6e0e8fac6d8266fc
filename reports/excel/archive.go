package excel

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

const contentTypes = "[Content_Types].xml"

// normalize copies a workbook so that the same content is the same bytes: members in order, the list of types first and in
// order too. Excelize writes both lists in the order of a map, and all times alike.
func normalize(w io.Writer, raw *os.File) error {
	size, err := raw.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	in, err := zip.NewReader(raw, size)
	if err != nil {
		return err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int {
		if (a.Name == contentTypes) != (b.Name == contentTypes) {
			if a.Name == contentTypes {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	out := zip.NewWriter(w)
	for _, member := range in.File {
		if err := copyMember(out, member); err != nil {
			return err
		}
	}
	return out.Close()
}

// copyMember copies a member as it is compressed, the list of types sorted.
func copyMember(out *zip.Writer, member *zip.File) error {
	if member.Name != contentTypes {
		from, err := member.OpenRaw()
		if err != nil {
			return err
		}
		to, err := out.CreateRaw(&member.FileHeader)
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		return err
	}
	from, err := member.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	data, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	to, err := out.CreateHeader(&zip.FileHeader{Name: contentTypes, Method: zip.Deflate, Modified: member.Modified})
	if err != nil {
		return err
	}
	_, err = to.Write(sortTypes(data))
	return err
}

var typeEntry = regexp.MustCompile(`<(?:Override|Default) [^>]*?(?:/>|></(?:Override|Default)>)`)

// sortTypes sorts the entries of a list of types, defaults first.
func sortTypes(data []byte) []byte {
	entries := typeEntry.FindAll(data, -1)
	if len(entries) == 0 {
		return data
	}
	start := bytes.Index(data, entries[0])
	end := bytes.LastIndex(data, entries[len(entries)-1]) + len(entries[len(entries)-1])
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, bytes.Compare)
	return slices.Concat(data[:start], bytes.Join(sorted, nil), data[end:])
}
