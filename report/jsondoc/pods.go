package jsondoc

import (
	"github.com/zombiectl/zombiectl/report/doc"
	"github.com/zombiectl/zombiectl/report/sanitize"
)

// Pods is a list of containers, each with a Diagnosis.
type Pods struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Items      []pod  `json:"items"`
}

type pod struct {
	Namespace string     `json:"namespace"`
	Pod       string     `json:"pod"`
	Container string     `json:"container"`
	Shared    bool       `json:"shared"`
	How       *string    `json:"how"`
	Error     *string    `json:"error"`
	Diagnosis *Diagnosis `json:"diagnosis"`
}

// NewPods fills the document on the containers of pods.
func NewPods(list []doc.PodContainer) Pods {
	doc := Pods{APIVersion: apiVersion, Kind: "DiagnosisList", Items: []pod{}}
	for _, c := range list {
		item := pod{sanitize.Valid(c.Namespace), sanitize.Valid(c.Pod), sanitize.Valid(c.Container), c.Shared, known(c.How), known(c.Err), nil}
		if c.Diagnosis != nil {
			d := NewDiagnosis(c.Diagnosis, nil)
			item.Diagnosis = &d
		}
		doc.Items = append(doc.Items, item)
	}
	return doc
}
