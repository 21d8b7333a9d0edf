// Command apply answers with what kube-apiserver's field manager makes of a write.
//
// Standard input holds one JSON step per line; standard output gets one line per step: {"object":{...}}, or
// {"error":{"code":...,"message":"...","causes":[...]}}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/controlplane"
	"k8s.io/kubernetes/pkg/generated/openapi"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// step is one write. Live is absent for a create; Next is what an update made, Config what is applied.
type step struct {
	APIVersion  string          `json:"apiVersion"`
	Kind        string          `json:"kind"`
	Subresource string          `json:"subresource"`
	Reset       []string        `json:"reset"`
	Live        json.RawMessage `json:"live"`
	Next        json.RawMessage `json:"next"`
	Config      json.RawMessage `json:"config"`
	Manager     string          `json:"manager"`
	Force       bool            `json:"force"`
	// Now replaces the clock's time in what is answered.
	Now time.Time `json:"now"`
}

var scheme = legacyscheme.Scheme

var kinds = []schema.GroupVersionKind{
	{Version: "v1", Kind: "Pod"},
	{Version: "v1", Kind: "Service"},
	{Version: "v1", Kind: "ConfigMap"},
	{Version: "v1", Kind: "Node"},
	{Group: "apps", Version: "v1", Kind: "Deployment"},
	{Group: "autoscaling", Version: "v1", Kind: "HorizontalPodAutoscaler"},
	{Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"},
}

func main() {
	converter, err := typeConverter()
	if err != nil {
		panic(err)
	}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			output.Write(append(answer(line, converter), '\n'))
			output.Flush()
		}
		if err != nil {
			return
		}
	}
}

func typeConverter() (managedfields.TypeConverter, error) {
	namer := openapinamer.NewDefinitionNamer(scheme)
	config := genericapiserver.DefaultOpenAPIV3Config(openapi.GetOpenAPIDefinitions, namer)
	var names []string
	for _, gvk := range kinds {
		sample, err := scheme.New(gvk)
		if err != nil {
			return nil, err
		}
		names = append(names, util.GetCanonicalTypeName(sample))
	}
	spec, err := builder3.BuildOpenAPIDefinitionsForResources(config, names...)
	if err != nil {
		return nil, err
	}
	return managedfields.NewTypeConverter(spec, false)
}

func answer(line []byte, converter managedfields.TypeConverter) []byte {
	var s step
	if err := json.Unmarshal(line, &s); err != nil {
		panic(err)
	}
	object, err := s.run(converter)
	reply := map[string]any{"object": object}
	if err != nil {
		reply = map[string]any{"error": failure(err)}
	}
	encoded, err := json.Marshal(reply)
	if err != nil {
		panic(err)
	}
	return encoded
}

func failure(err error) any {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return map[string]any{"code": 500, "message": err.Error()}
	}
	out := map[string]any{"code": status.Status().Code, "message": status.Status().Message}
	if details := status.Status().Details; details != nil && len(details.Causes) > 0 {
		out["causes"] = details.Causes
	}
	return out
}

func (s step) run(converter managedfields.TypeConverter) (runtime.Object, error) {
	gv, err := schema.ParseGroupVersion(s.APIVersion)
	if err != nil {
		return nil, err
	}
	gvk := gv.WithKind(s.Kind)
	hub := schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal}
	convertor := runtime.UnsafeObjectConvertor(scheme)
	manager, err := managedfields.NewDefaultFieldManager(
		converter, convertor, scheme, scheme, gvk, hub, s.Subresource, s.filter(gvk))
	if err != nil {
		return nil, err
	}
	live, err := decode(s.Live, gvk, hub)
	if err != nil {
		return nil, err
	}
	var result runtime.Object
	if s.Config != nil {
		config := &unstructured.Unstructured{Object: map[string]any{}}
		if err := unmarshal(s.Config, &config.Object); err != nil {
			return nil, err
		}
		result, err = manager.Apply(live, config, s.Manager, s.Force)
	} else {
		var next runtime.Object
		if next, err = decode(s.Next, gvk, hub); err != nil {
			return nil, err
		}
		result = manager.UpdateNoErrors(live, next, s.Manager)
	}
	if err != nil {
		return nil, err
	}
	versioned, err := scheme.ConvertToVersion(result, gv)
	if err != nil {
		return nil, err
	}
	return versioned, s.setTimes(versioned)
}

func unmarshal(data []byte, into *map[string]any) error {
	u := &unstructured.Unstructured{}
	// Kind and apiVersion may be missing, which Unstructured's own decoder refuses.
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&u.Object); err != nil {
		return err
	}
	*into = numbers(u.Object).(map[string]any)
	return nil
}

func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for key, item := range v {
			v[key] = numbers(item)
		}
	case []any:
		for index, item := range v {
			v[index] = numbers(item)
		}
	}
	return value
}

// decode gives an object as the registry has it, or a new one as the handlers make it.
func decode(data json.RawMessage, gvk schema.GroupVersionKind, hub schema.GroupVersion) (runtime.Object, error) {
	if data == nil {
		return scheme.New(gvk)
	}
	object, err := scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, object); err != nil {
		return nil, err
	}
	scheme.Default(object)
	return scheme.ConvertToVersion(object, hub)
}

func (s step) filter(gvk schema.GroupVersionKind) map[fieldpath.APIVersion]fieldpath.Filter {
	if len(s.Reset) == 0 {
		return nil
	}
	set := fieldpath.NewSet()
	for _, path := range s.Reset {
		var parts []any
		for _, name := range strings.Split(path, ".") {
			parts = append(parts, name)
		}
		set.Insert(fieldpath.MakePathOrDie(parts...))
	}
	sets := map[fieldpath.APIVersion]*fieldpath.Set{}
	for _, kind := range kinds {
		if kind.Group == gvk.Group {
			sets[fieldpath.APIVersion(kind.GroupVersion().String())] = set
		}
	}
	return fieldpath.NewExcludeFilterSetMap(sets)
}

// setTimes gives entries that were written just now the time of the step; all others are years older.
func (s step) setTimes(object runtime.Object) error {
	accessor, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	entries := accessor.GetManagedFields()
	for i := range entries {
		if t := entries[i].Time; t != nil && time.Since(t.Time) < 24*time.Hour {
			entries[i].Time = &metav1.Time{Time: s.Now.UTC()}
		}
	}
	accessor.SetManagedFields(entries)
	return nil
}
