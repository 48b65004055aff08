package simulator

import (
	"encoding/base64"
	"testing"
)

// The vectors are those of WeChat's own documents. The simulator shares no
// code with what it tests; this is what both are held to.

// From the old official page on user session signatures.
func TestSessionSignature(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ name, key, message, want string }{
		{"official", "o0q0otL8aEzpcZL/FT9WsQ==", `{"foo":"bar"}`, "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"},
		{"the same key, a GET", "o0q0otL8aEzpcZL/FT9WsQ==", "", "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"},
		{"another key, a GET", "tiihtNczf5v6AKRyjwEUhQ==", "", "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735"},
	} {
		if got := sessionSignature(v.key, v.message); got != v.want {
			t.Errorf("%s: %s, want %s", v.name, got, v.want)
		}
	}
}

// From the page 开放数据校验与解密.
func TestRawDataSignature(t *testing.T) {
	t.Parallel()
	const raw = `{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}`
	if got := rawDataSignature(raw, "HyVFkGl5F5OQWJZZaNzBBg=="); got != "75e81ceda165f4ffa64f4068af58c64b8f54b88c" {
		t.Errorf("got %s", got)
	}
}

// From the official aes-sample: what it seals to is what we must seal to.
func TestSealBytes(t *testing.T) {
	t.Parallel()
	const plain = `{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}`
	const want = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
	ivBytes, err := base64.StdEncoding.DecodeString("r7BXXKkLb8qrSNn05n0qiA==")
	if err != nil {
		t.Fatal(err)
	}
	got, err := sealBytes("tiihtNczf5v6AKRyjwEUhQ==", [16]byte(ivBytes), []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	if s := base64.StdEncoding.EncodeToString(got); s != want {
		t.Errorf("got %s", s)
	}
}
