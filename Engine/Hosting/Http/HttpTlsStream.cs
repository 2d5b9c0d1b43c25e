using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Hosting.Http;

/// <summary>
/// Our stream in the clothes of .NET's: a <see cref="System.Net.Http.SocketsHttpHandler"/> does no TLS of its own over what is an
/// <see cref="SslStream"/>. Of the base nothing is used but its word on what was agreed on (<see cref="Masquerade"/>).
/// </summary>
/// <param name="stream">Ours, which all goes to.</param>
/// <param name="below">What the base stands on.</param>
internal sealed class HttpTlsStream(TlsStream stream, Stream below) : SslStream(below, leaveInnerStreamOpen: ReferenceEquals(stream, below))
{
    public override bool IsAuthenticated => true;

    public override bool IsEncrypted => true;

    public override bool IsSigned => true;

    public override bool IsServer => false;

    public override bool IsMutuallyAuthenticated => stream.LocalCertificate is not null;

    public override SslProtocols SslProtocol => stream.SslProtocol;

    public override TlsCipherSuite NegotiatedCipherSuite => stream.NegotiatedCipherSuite;

    public override X509Certificate? RemoteCertificate => stream.RemoteCertificate;

    public override X509Certificate? LocalCertificate => stream.LocalCertificate;

    public override bool CanRead => stream.CanRead;

    public override bool CanWrite => stream.CanWrite;

    public override bool CanTimeout => false;

    public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => stream.Read(buffer);

    public override int ReadByte() => stream.ReadByte();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        stream.ReadAsync(buffer, offset, count, cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => stream.Write(buffer);

    public override void WriteByte(byte value) => stream.WriteByte(value);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        stream.WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.WriteAsync(buffer, cancellationToken);

    public override void Flush() => stream.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? asyncCallback, object? asyncState) =>
        stream.BeginRead(buffer, offset, count, asyncCallback, asyncState);

    public override int EndRead(IAsyncResult asyncResult) => stream.EndRead(asyncResult);

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? asyncCallback, object? asyncState) =>
        stream.BeginWrite(buffer, offset, count, asyncCallback, asyncState);

    public override void EndWrite(IAsyncResult asyncResult) => stream.EndWrite(asyncResult);

    public override Task ShutdownAsync() => stream.CloseWriteAsync();

    public override async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stream.Dispose();
        base.Dispose(disposing);
    }
}
