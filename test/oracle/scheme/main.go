// Command scheme answers with what Kubernetes' own types and conversions make of an object.
//
// Standard input holds one JSON case per line: {"object":{...},"to":"group/version","stored":false}. The object is decoded in its own
// version, defaulted, converted to the internal version and from there to the version asked for ("" means its own).
// Standard output gets one line per case: {"object":{...}} or {"error":"..."}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"

	extensions "k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	aggregator "k8s.io/kube-aggregator/pkg/apiserver/scheme"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane"
)

type testCase struct {
	Object json.RawMessage `json:"object"`
	To     string          `json:"to"`
	// Stored sends the object through protobuf, too, as etcd would hold it.
	Stored bool `json:"stored"`
}

func main() {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			object, failure := answer(line)
			reply := map[string]any{"object": object}
			if failure != nil {
				reply = map[string]any{"error": failure.Error()}
			}
			encoded, _ := json.Marshal(reply)
			output.Write(append(encoded, '\n'))
		}
		if err != nil {
			return
		}
	}
}

func answer(line []byte) (json.RawMessage, error) {
	var c testCase
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, err
	}
	var meta runtime.TypeMeta
	if err := json.Unmarshal(c.Object, &meta); err != nil {
		return nil, err
	}
	from, err := schema.ParseGroupVersion(meta.APIVersion)
	if err != nil {
		return nil, err
	}
	to := from
	if c.To != "" {
		if to, err = schema.ParseGroupVersion(c.To); err != nil {
			return nil, err
		}
	}
	codecs := codecsFor(from.Group)
	internal, err := runtime.Decode(codecs.UniversalDecoder(), c.Object)
	if err != nil {
		return nil, err
	}
	if c.Stored {
		if internal, err = throughProtobuf(codecs, from, internal); err != nil {
			return nil, err
		}
	}
	encoded, err := runtime.Encode(codecs.LegacyCodec(to), internal)
	return bytes.TrimSpace(encoded), err
}

func throughProtobuf(codecs serializer.CodecFactory, gv schema.GroupVersion, object runtime.Object) (runtime.Object, error) {
	format := protobuf.NewSerializer(legacyscheme.Scheme, legacyscheme.Scheme)
	encoded, err := runtime.Encode(codecs.EncoderForVersion(format, gv), object)
	if err != nil {
		return nil, err
	}
	return runtime.Decode(codecs.UniversalDecoder(), encoded)
}

func codecsFor(group string) serializer.CodecFactory {
	switch group {
	case "apiextensions.k8s.io":
		return extensions.Codecs
	case "apiregistration.k8s.io":
		return aggregator.Codecs
	}
	return legacyscheme.Codecs
}
