// Reads bodies with Go's mime/multipart: it answers each line of JSON with a
// line of JSON.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"os"
)

type body struct {
	Boundary string `json:"boundary"`
	Base64   []byte `json:"base64"`
}

type part struct {
	Name     *string `json:"name"`
	Filename *string `json:"filename"`
	Base64   []byte  `json:"base64"`
}

type verdict struct {
	Parts []part `json:"parts"`
	Error string `json:"error,omitempty"`
}

func parameter(parameters map[string]string, name string) *string {
	if value, ok := parameters[name]; ok {
		return &value
	}
	return nil
}

func judge(one body) verdict {
	told := verdict{Parts: []part{}}
	reader := multipart.NewReader(bytes.NewReader(one.Base64), one.Boundary)
	for {
		next, err := reader.NextRawPart()
		if err == io.EOF {
			return told
		}
		if err != nil {
			told.Error = err.Error()
			return told
		}
		content, err := io.ReadAll(next)
		if err != nil {
			told.Error = err.Error()
			return told
		}
		_, parameters, _ := mime.ParseMediaType(next.Header.Get("Content-Disposition"))
		told.Parts = append(told.Parts, part{
			parameter(parameters, "name"), parameter(parameters, "filename"), content,
		})
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	output := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one body
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		output.Encode(judge(one))
	}
}
