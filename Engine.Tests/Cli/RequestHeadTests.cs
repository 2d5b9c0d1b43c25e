using System.Text;
using TlsFsm.Cli.Http;

namespace TlsFsm.Tests.Cli;

public sealed class RequestHeadTests
{
    private static readonly TestCaseData[] Heads =
    [
        Head("GET / HTTP/1.0\r\n\r\n", 200, "GET", "/"),
        Head("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, "GET", "/"),
        Head("HEAD /page?x=%20 HTTP/1.1\r\nhost:localhost:8443\r\nAccept: */*\r\n\r\n", 200, "HEAD", "/page?x=%20"),
        Head("OPTIONS * HTTP/1.1\r\nHost: \r\n\r\n", 200, "OPTIONS", "*"),
        Head("GET / HTTP/1.0\n\n", 200, "GET", "/"),
        Head("GET / HTTP/1.0\nA: b\r\n\n", 200, "GET", "/"),
        Head("\r\n\n\r\nGET / HTTP/1.0\r\n\r\n", 200, "GET", "/"),
        Head("GET / HTTP/1.9\r\nHost: a\r\n\r\n", 200, "GET", "/"),
        Head("PRI * HTTP/2.0\r\n\r\n", 505),
        Head("GET / HTTP/0.9\r\n\r\n", 505),
        Head("GET /\r\n\r\n", 400),
        Head("GET  / HTTP/1.0\r\n\r\n", 400),
        Head("GET / HTTP/1.0 \r\n\r\n", 400),
        Head("GET / http/1.0\r\n\r\n", 400),
        Head("GET / HTTP/1.10\r\n\r\n", 400),
        Head("GET / HTTP/1\r\n\r\n", 400),
        Head("G{T / HTTP/1.0\r\n\r\n", 400),
        Head("GET /a\tb HTTP/1.0\r\n\r\n", 400),
        Head(" GET / HTTP/1.0\r\n\r\n", 400),
        Head("GET / HTTP/1.1\r\n\r\n", 400),
        Head("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        Head("GET / HTTP/1.0\r\nno colon\r\n\r\n", 400),
        Head("GET / HTTP/1.0\r\nName : value\r\n\r\n", 400),
        Head("GET / HTTP/1.0\r\n: value\r\n\r\n", 400),
        Head("GET / HTTP/1.0\r\nA: b\r\n folded\r\n\r\n", 400),
        Head("GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", 400),
        Head("GET / HTTP/1.0\r\nA: \0\r\n\r\n", 400),
        Head("\x16\x03\x01\r\n\r\n", 400),
    ];

    [TestCaseSource(nameof(Heads))]
    public void A_head_is_understood_or_refused_however_it_is_cut(string text, int status, string? method, string? target)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var collector = new HeadCollector();
            var first = collector.Add(bytes.AsSpan(0, cut));
            var second = collector.Add(bytes.AsSpan(cut));

            Assert.That(first, Is.EqualTo(cut == bytes.Length ? HeadStatus.Complete : HeadStatus.Incomplete), $"cut at {cut}");
            Assert.That(second, Is.EqualTo(HeadStatus.Complete), $"cut at {cut}");
            Assert.That(RequestHead.Parse(collector.Bytes, out var head).Code, Is.EqualTo(status), $"cut at {cut}");
            Assert.That((head?.Method, head?.Target), Is.EqualTo((method, target)), $"cut at {cut}");
        }
    }

    [Test]
    public void What_comes_after_the_head_is_no_part_of_it()
    {
        var collector = new HeadCollector();

        collector.Add("POST / HTTP/1.0\r\n\r\nbody\r\n\r\n"u8);
        collector.Add("more"u8);

        Assert.That(Encoding.ASCII.GetString(collector.Bytes), Is.EqualTo("POST / HTTP/1.0\r\n\r\n"));
    }

    [TestCase('a')]
    [TestCase('\n', Description = "Empty lines in front count too: they must not go on for ever.")]
    public void A_head_has_a_limit(char filler)
    {
        var collector = new HeadCollector();
        var full = Encoding.ASCII.GetBytes(new string(filler, HeadCollector.MaxBytes));

        Assert.That(collector.Add(full), Is.EqualTo(HeadStatus.Incomplete), "up to the limit");
        Assert.That(collector.Add("a"u8), Is.EqualTo(HeadStatus.TooLarge));
        Assert.That(collector.Add("\r\n\r\n"u8), Is.EqualTo(HeadStatus.TooLarge), "and stays so");
    }

    private static TestCaseData Head(string text, int status, string? method = null, string? target = null)
    {
        var visible = string.Concat(text.Select(one => one switch
        {
            '\r' => "\\r",
            '\n' => "\\n",
            < ' ' => $"\\x{(int)one:x2}",
            _ => one.ToString(),
        }));
        return new TestCaseData(text, status, method, target).SetName($"{{m}}({visible})");
    }
}
