package facts

import "testing"

func FuzzParseLogLink(f *testing.F) {
	f.Add("web-5d9c_shop_nginx-" + idA + ".log")
	f.Add("a_b_c.log")
	f.Fuzz(func(t *testing.T, file string) {
		n, id, ok := ParseLogLink(file)
		if ok && n.Pod+"_"+n.Namespace+"_"+n.Name+"-"+id+".log" != file {
			t.Errorf("%q: %+v %s", file, n, id)
		}
		if !ok && (n != ContainerName{} || id != "") {
			t.Errorf("%q: %+v %s", file, n, id)
		}
	})
}
