// A peer for the interop tests: Go's mime/multipart as a server and a client.
//
// It listens on a free port of 127.0.0.1, prints its URL, and ends when its
// standard input ends.
package main

import (
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"sort"
	"strings"
	"time"
)

type toldPart struct {
	Path     []int             `json:"path,omitempty"`
	Name     *string           `json:"name"`
	Filename *string           `json:"filename"`
	Type     string            `json:"type"`
	Headers  map[string]string `json:"headers"`
	Length   int               `json:"length"`
	SHA256   string            `json:"sha256"`
}

func tell(part toldPart, body io.Reader) (toldPart, error) {
	bytes, err := io.ReadAll(body)
	if err != nil {
		return part, err
	}
	sum := sha256.Sum256(bytes)
	part.Length, part.SHA256 = len(bytes), hex.EncodeToString(sum[:])
	return part, nil
}

func headersOf(header textproto.MIMEHeader) map[string]string {
	headers := map[string]string{}
	for name, values := range header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return headers
}

// decode undoes the encodings that mime/multipart leaves to its caller.
func decode(part *multipart.Part) (io.Reader, error) {
	var body io.Reader = part
	if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	switch part.Header.Get("Content-Encoding") {
	case "gzip":
		return gzip.NewReader(body)
	case "deflate":
		return zlib.NewReader(body)
	}
	return body, nil
}

// readParts reads the leaves of a multipart, including those of nested ones.
func readParts(contentType string, body io.Reader, path []int) ([]toldPart, error) {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	told := []toldPart{}
	reader := multipart.NewReader(body, parameters["boundary"])
	for index := 0; ; index++ {
		part, err := reader.NextPart()
		if err == io.EOF {
			return told, nil
		}
		if err != nil {
			return nil, err
		}
		here := append(append([]int{}, path...), index)
		partType := part.Header.Get("Content-Type")
		if strings.HasPrefix(partType, "multipart/") {
			inner, err := readParts(partType, part, here)
			if err != nil {
				return nil, err
			}
			told = append(told, inner...)
			continue
		}
		one := toldPart{Path: here, Type: partType, Headers: headersOf(part.Header)}
		if value := part.Header.Get("Content-Disposition"); value != "" {
			_, parameters, err := mime.ParseMediaType(value)
			if err != nil {
				return nil, err
			}
			if name, ok := parameters["name"]; ok {
				one.Name = &name
			}
			if _, ok := parameters["filename"]; ok {
				filename := part.FileName()
				one.Filename = &filename
			}
		}
		decoded, err := decode(part)
		if err != nil {
			return nil, err
		}
		if one, err = tell(one, decoded); err != nil {
			return nil, err
		}
		told = append(told, one)
	}
}

// readForm has net/http read the form.
func readForm(request *http.Request) ([]toldPart, error) {
	if err := request.ParseMultipartForm(32 << 20); err != nil {
		return nil, err
	}
	told := []toldPart{}
	form := request.MultipartForm
	for _, name := range sortedKeys(form.Value) {
		for _, value := range form.Value[name] {
			name := name
			one, err := tell(toldPart{Name: &name}, strings.NewReader(value))
			if err != nil {
				return nil, err
			}
			told = append(told, one)
		}
	}
	for _, name := range sortedKeys(form.File) {
		for _, header := range form.File[name] {
			name := name
			file, err := header.Open()
			if err != nil {
				return nil, err
			}
			part := toldPart{Name: &name, Filename: &header.Filename}
			one, err := tell(part, file)
			file.Close()
			if err != nil {
				return nil, err
			}
			told = append(told, one)
		}
	}
	return told, nil
}

func sortedKeys[V any](values map[string]V) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// sentPart is a leaf, or a multipart if Parts is not nil.
type sentPart struct {
	Name     *string           `json:"name"`
	Filename *string           `json:"filename"`
	Headers  map[string]string `json:"headers"`
	Base64   []byte            `json:"base64"`
	Subtype  string            `json:"subtype"`
	Parts    []sentPart        `json:"parts"`
}

// writeParts writes each part with the matching call of mime/multipart.
func writeParts(writer *multipart.Writer, parts []sentPart) error {
	for _, part := range parts {
		if err := writePart(writer, part); err != nil {
			return err
		}
	}
	return writer.Close()
}

func writePart(writer *multipart.Writer, part sentPart) error {
	if part.Name != nil {
		if part.Filename == nil {
			return writer.WriteField(*part.Name, string(part.Base64))
		}
		// This writes its own Content-Type.
		body, err := writer.CreateFormFile(*part.Name, *part.Filename)
		if err != nil {
			return err
		}
		_, err = body.Write(part.Base64)
		return err
	}
	header := textproto.MIMEHeader{}
	for name, value := range part.Headers {
		header.Set(name, value)
	}
	if part.Parts == nil {
		body, err := writer.CreatePart(header)
		if err != nil {
			return err
		}
		return encode(body, part)
	}
	inner := multipart.NewWriter(io.Discard)
	boundary := inner.Boundary()
	header.Set("Content-Type", "multipart/"+part.Subtype+"; boundary="+boundary)
	body, err := writer.CreatePart(header)
	if err != nil {
		return err
	}
	inner = multipart.NewWriter(body)
	if err := inner.SetBoundary(boundary); err != nil {
		return err
	}
	return writeParts(inner, part.Parts)
}

// encode writes a body in the encoding that its header fields name.
func encode(body io.Writer, part sentPart) error {
	var encoder io.WriteCloser
	switch part.Headers["content-transfer-encoding"] {
	case "base64":
		encoder = base64.NewEncoder(base64.StdEncoding, body)
	case "quoted-printable":
		encoder = quotedprintable.NewWriter(body)
	default:
		_, err := body.Write(part.Base64)
		return err
	}
	if _, err := encoder.Write(part.Base64); err != nil {
		return err
	}
	return encoder.Close()
}

func readSpec(request *http.Request) (sentPart, error) {
	var spec sentPart
	err := json.NewDecoder(request.Body).Decode(&spec)
	return spec, err
}

func answer(response http.ResponseWriter, told []toldPart, err error) {
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	json.NewEncoder(response).Encode(told)
}

// post sends the specified multipart to a server while it is written.
func post(url string, spec sentPart) error {
	reader, pipe := io.Pipe()
	writer := multipart.NewWriter(pipe)
	go func() { pipe.CloseWithError(writeParts(writer, spec.Parts)) }()
	contentType := "multipart/" + spec.Subtype + "; boundary=" + writer.Boundary()
	response, err := http.Post(url, contentType, reader)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	return nil
}

func main() {
	http.HandleFunc("/parts", func(w http.ResponseWriter, r *http.Request) {
		told, err := readParts(r.Header.Get("Content-Type"), r.Body, nil)
		answer(w, told, err)
	})
	http.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) {
		told, err := readForm(r)
		answer(w, told, err)
	})
	http.HandleFunc("/write", func(w http.ResponseWriter, r *http.Request) {
		spec, err := readSpec(r)
		if err != nil {
			answer(w, nil, err)
			return
		}
		writer := multipart.NewWriter(w)
		contentType := "multipart/" + spec.Subtype + "; boundary=" + writer.Boundary()
		w.Header().Set("Content-Type", contentType)
		if err := writeParts(writer, spec.Parts); err != nil {
			panic(err)
		}
	})
	http.HandleFunc("/post", func(w http.ResponseWriter, r *http.Request) {
		spec, err := readSpec(r)
		if err == nil {
			err = post(r.URL.Query().Get("url"), spec)
		}
		answer(w, []toldPart{}, err)
	})
	http.HandleFunc("/ranges", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		content := strings.NewReader(strings.Repeat("0123456789", 500))
		http.ServeContent(w, r, "digits.txt", time.Time{}, content)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("Listening on http://%s\n", listener.Addr())
	panic(http.Serve(listener, nil))
}
