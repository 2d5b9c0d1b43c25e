namespace TlsFsm.Cli.Http;

/// <summary>A status line's code and reason (RFC 9110 section 15, RFC 6585 section 5).</summary>
internal sealed record HttpStatus(int Code, string Reason)
{
    public static HttpStatus Ok { get; } = new(200, "OK");

    public static HttpStatus BadRequest { get; } = new(400, "Bad Request");

    public static HttpStatus MethodNotAllowed { get; } = new(405, "Method Not Allowed");

    public static HttpStatus RequestTimeout { get; } = new(408, "Request Timeout");

    public static HttpStatus HeadTooLarge { get; } = new(431, "Request Header Fields Too Large");

    public static HttpStatus VersionNotSupported { get; } = new(505, "HTTP Version Not Supported");

    public override string ToString() => $"{Code} {Reason}";
}
