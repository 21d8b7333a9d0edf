// Command cel answers with what the rules of a schema cost while they judge an object.
//
// Standard input holds one JSON case per line: {"schema","object","old","limit","budget"}; standard output gets one line
// per case: {"cost","errors","worst"}. A limit or budget of zero is none; a negative cost: the budget was not enough;
// worst: what the rules of the property "spec" may cost at most, one by one.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apiserver/pkg/cel/environment"
)

type testCase struct {
	Schema apiextensionsv1.JSONSchemaProps
	Object json.RawMessage
	Old    json.RawMessage
	Limit  uint64
	Budget int64
}

type answer struct {
	Cost   int64    `json:"cost"`
	Errors []string `json:"errors"`
	Worst  []uint64 `json:"worst"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<26)
	output := bufio.NewWriter(os.Stdout)
	for input.Scan() {
		encoded, _ := json.Marshal(judge(input.Bytes()))
		output.Write(append(encoded, '\n'))
		output.Flush()
	}
}

func judge(line []byte) answer {
	var c testCase
	must(json.Unmarshal(line, &c))
	var internal apiextensions.JSONSchemaProps
	must(apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&c.Schema, &internal, nil))
	structural, err := schema.NewStructural(&internal)
	must(err)
	if c.Limit == 0 {
		c.Limit = math.MaxUint64
	}
	if c.Budget == 0 {
		c.Budget = math.MaxInt64
	}
	validator := cel.NewValidator(structural, false, c.Limit)
	errs, remaining := validator.Validate(context.Background(), nil, structural, read(c.Object), read(c.Old), c.Budget)
	out := answer{Cost: c.Budget - remaining, Errors: []string{}}
	if remaining < 0 {
		out.Cost = -1
	}
	for _, each := range errs {
		out.Errors = append(out.Errors, each.Error())
	}
	out.Worst = worst(structural.Properties["spec"])
	return out
}

func worst(spec schema.Structural) []uint64 {
	costs := []uint64{}
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion(), true)
	declared := model.SchemaDeclType(&spec, false)
	rules, err := cel.Compile(&spec, declared, math.MaxUint64, base, cel.NewExpressionsEnvLoader())
	must(err)
	for _, each := range rules {
		costs = append(costs, each.MaxCost)
	}
	return costs
}

// Numbers are int64 or float64, as in decoded objects.
func read(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	var value any
	must(utiljson.Unmarshal(text, &value))
	return value
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
