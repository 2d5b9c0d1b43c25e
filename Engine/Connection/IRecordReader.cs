namespace TlsFsm.Connection;

/// <summary>
/// A buffered protocol whose buffer may be asked for without anything being put into it: so a record can be opened straight to there,
/// before it is known whether it carries data.
/// </summary>
internal interface IRecordReader : IBufferedProtocol
{
    /// <summary>Nothing was put into the buffer: the record was none of data.</summary>
    void BufferUnused();
}
