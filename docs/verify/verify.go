// Verifies a log with the packages of Go's checksum database: signature, tiles, every entry, and
// that it continues an older checkpoint.
//
//	go run verify.go DIRECTORY VKEY [OLDER-CHECKPOINT]
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "REFUSED:", err)
		os.Exit(1)
	}
}

// directory reads tiles of height 8. The package calls them tile/8/LEVEL/…, the log tile/LEVEL/….
type directory string

func (d directory) read(kind string, t tlog.Tile) ([]byte, error) {
	place := strings.Join(strings.Split(t.Path(), "/")[3:], "/")
	bytes, err := os.ReadFile(filepath.Join(string(d), "tile", kind, place))
	if os.IsNotExist(err) && t.W < 256 {
		full := t
		full.W = 256
		return d.read(kind, full)
	}
	return bytes, err
}

func (d directory) Height() int { return 8 }

func (d directory) SaveTiles([]tlog.Tile, [][]byte) {}

func (d directory) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		bytes, err := d.read(strconv.Itoa(t.L), t)
		if err != nil {
			return nil, err
		}
		if len(bytes) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("the tile %s is cut", t.Path())
		}
		all = append(all, bytes[:t.W*tlog.HashSize])
	}
	return all, nil
}

func checkpoint(path string, verifier note.Verifier) tlog.Tree {
	bytes, err := os.ReadFile(path)
	check(err)
	signed, err := note.Open(bytes, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		check(fmt.Errorf("%s is no checkpoint of %s", path, verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	tree := tlog.Tree{N: size}
	if copy(tree.Hash[:], root) != tlog.HashSize || len(root) != tlog.HashSize {
		check(fmt.Errorf("%s has no root", path))
	}
	return tree
}

func main() {
	log := directory(os.Args[1])
	verifier, err := note.NewVerifier(strings.TrimSpace(os.Args[2]))
	check(err)
	tree := checkpoint(filepath.Join(string(log), "checkpoint"), verifier)
	hashes := tlog.TileHashReader(tree, log)
	if tree.N == 0 && tree.Hash != sha256.Sum256(nil) {
		check(fmt.Errorf("the root is not that of an empty log"))
	}
	for first := int64(0); first < tree.N; first += 256 {
		width := 256
		if tree.N-first < 256 {
			width = int(tree.N - first)
		}
		bundle, err := log.read("entries", tlog.Tile{H: 8, N: first / 256, W: width})
		check(err)
		var due []tlog.Hash
		var places []int64
		for index := first; index < first+int64(width); index++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				check(fmt.Errorf("the bundle ends before entry %d", index+1))
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			due = append(due, tlog.RecordHash(bundle[2:end]))
			places = append(places, tlog.StoredHashIndex(0, index))
			bundle = bundle[end:]
		}
		found, err := hashes.ReadHashes(places)
		check(err)
		for place := range found {
			if found[place] != due[place] {
				check(fmt.Errorf("entry %d is not the one that was signed", first+int64(place)+1))
			}
		}
	}
	fmt.Printf("all %d entries are those that were signed, root %v\n", tree.N, tree.Hash)
	if len(os.Args) > 3 {
		old := checkpoint(os.Args[3], verifier)
		if old.N > tree.N {
			check(fmt.Errorf("rolled back: it ends at %d, the older checkpoint at %d", tree.N, old.N))
		}
		if old.N > 0 {
			proof, err := tlog.ProveTree(tree.N, old.N, hashes)
			check(err)
			check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
		}
		fmt.Printf("it continues the older checkpoint of %d entries\n", old.N)
	}
}
