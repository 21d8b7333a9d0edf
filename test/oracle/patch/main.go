// Command patch answers patch cases with the libraries that kube-apiserver uses.
//
// Standard input holds one JSON case per line: {"method","kind","current","patch"}; standard output gets one line per
// case: {"outcomes":[...]}, every distinct outcome of a number of tries, because Go's maps have a random order.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	kjson "sigs.k8s.io/json"
)

// Tests of objects and strategic merges go through maps.
const tries = 40

type testCase struct {
	Method  string          `json:"method"`
	Kind    string          `json:"kind"`
	Current json.RawMessage `json:"current"`
	Patch   json.RawMessage `json:"patch"`
}

type outcome struct {
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
	Panic  bool            `json:"panic,omitempty"`
}

var kinds = map[string]any{
	"Pod":        &corev1.Pod{},
	"Node":       &corev1.Node{},
	"Service":    &corev1.Service{},
	"Deployment": &appsv1.Deployment{},
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			answer(line, output)
			output.Flush()
		}
		if err != nil {
			return
		}
	}
}

func answer(line []byte, output *bufio.Writer) {
	var c testCase
	if err := json.Unmarshal(line, &c); err != nil {
		panic(err)
	}
	seen := map[string]bool{}
	var outcomes []json.RawMessage
	for i := 0; i < tries; i++ {
		encoded, err := json.Marshal(try(c))
		if err != nil {
			panic(err)
		}
		if !seen[string(encoded)] {
			seen[string(encoded)] = true
			outcomes = append(outcomes, encoded)
		}
		if c.Method == "merge" {
			break
		}
	}
	encoded, _ := json.Marshal(map[string]any{"outcomes": outcomes})
	output.Write(encoded)
	output.WriteByte('\n')
}

func try(c testCase) (out outcome) {
	defer func() {
		if recover() != nil {
			out = outcome{Panic: true}
		}
	}()
	result, err := apply(c)
	if err != nil {
		return outcome{Error: err.Error()}
	}
	return outcome{Result: result}
}

func apply(c testCase) (json.RawMessage, error) {
	switch c.Method {
	case "json":
		patch, err := jsonpatch.DecodePatch(c.Patch)
		if err != nil {
			return nil, err
		}
		return patch.Apply(c.Current)
	case "merge":
		return jsonpatch.MergePatch(c.Current, c.Patch)
	case "strategic":
		return strategic(c)
	}
	return nil, fmt.Errorf("unknown method %q", c.Method)
}

func strategic(c testCase) (json.RawMessage, error) {
	current, patch := map[string]any{}, map[string]any{}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(c.Current, &current); err != nil {
		return nil, err
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(c.Patch, &patch); err != nil {
		return nil, err
	}
	result, err := strategicpatch.StrategicMergeMapPatch(current, patch, kinds[c.Kind])
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}
