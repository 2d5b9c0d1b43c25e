using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace TlsFsm.AspNetCore;

/// <summary>
/// Kestrel's pipe of a socket, where a reset is read when everybody has been told that the connection is closed. Kestrel itself tells it in
/// two ways at once; whoever hears it first as an exception takes it for one of the application.
/// </summary>
internal sealed class RawPipe(IDuplexPipe pipe, ConnectionEnd end) : PipeReader, IDuplexPipe
{
    private readonly PipeReader _input = pipe.Input;

    public PipeReader Input => this;

    public PipeWriter Output { get; } = pipe.Output;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = _input.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? read : AwaitAsync(read);
    }

    public override bool TryRead(out ReadResult result) => _input.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => _input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _input.Complete(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read)
    {
        try
        {
            return await read.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConnectionResetException or ConnectionAbortedException)
        {
            end.Close();
            throw;
        }
    }
}
